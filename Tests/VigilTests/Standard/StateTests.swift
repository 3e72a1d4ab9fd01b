import ChanceryVigil
import ChanceryWire
import Testing

struct StateTests {
    private static let watch = AgentWatch(Histories.random(seed: 5, count: 150))

    @Test func `the same history has the same bytes`() throws {
        let again = AgentWatch(Histories.random(seed: 5, count: 150))
        #expect(try CanonicalForm.jcs.encode(again.json()) == CanonicalForm.jcs.encode(Self.watch.json()))
        #expect(try JSONParser.parse(CanonicalForm.jcs.encode(Self.watch.json())) == Self.watch.json())
    }

    @Test func `a state without a member, or with one more, is refused`() throws {
        let object = try #require(Self.watch.json().object)
        for name in object.names {
            #expect(throws: VigilError.self, "\(name)") { try AgentWatch(json: .object(object.removing([name]))) }
        }
        var more = object
        more["more"] = 1
        let error = #expect(throws: VigilError.self) { try AgentWatch(json: .object(more)) }
        #expect(error?.code == "vigil.state_invalid")
    }

    @Test func `a state of another engine is refused`() throws {
        var object = try #require(Self.watch.json().object)
        object["engine"] = "chancery-vigil/2 standard"
        let error = #expect(throws: VigilError.self) { try AgentWatch(json: .object(object)) }
        #expect(error?.code == "vigil.state_invalid")
    }

    /// Any number, text or list of a state replaced: refused, or a state that answers without a trap.
    @Test func `no changed state makes a later call trap`() throws {
        let extremes: [JSONValue] = [
            .integer(.max), .integer(.min), .integer(-1), 0, .integer(1 << 53 - 1), .integer(1 << 47), .null, "", [],
            .double(0.5),
            .bigInteger("99999999999999999999"),
        ]
        var accepted = 0
        var refused = 0
        let whole = Self.watch.json()
        for place in 0..<Self.leaves(whole) {
            var left = place
            for extreme in extremes {
                left = place
                let changed = Self.replacing(whole, &left, with: extreme)
                guard var watch = try? AgentWatch(json: changed) else {
                    refused += 1
                    continue
                }
                accepted += 1
                for deed in Histories.random(seed: 9, count: 12) { deed.apply(to: &watch) }
                _ = watch.assessment(at: watch.clock + 1000, peers: [Self.watch]).json()
            }
        }
        #expect(refused > accepted)
        #expect(accepted > 0)
    }

    private static func leaves(_ value: JSONValue) -> Int {
        switch value {
        case .array(let elements): elements.reduce(0) { $0 + leaves($1) }
        case .object(let object): object.members.reduce(0) { $0 + leaves($1.value) }
        default: 1
        }
    }

    private static func replacing(_ value: JSONValue, _ left: inout Int, with new: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map { replacing($0, &left, with: new) })
        case .object(var object):
            for member in object.members { object[member.name] = replacing(member.value, &left, with: new) }
            return .object(object)
        default:
            left -= 1
            return left == -1 ? new : value
        }
    }

    @Test func `extreme times and indexes are taken without a trap`() {
        var watch = AgentWatch(agent: "a", profile: .standard)
        for (index, time) in [(0, Int64.min), (1, .max), (2, 0), (3, -1), (UInt64.max, .max)] as [(UInt64, Int64)] {
            watch.observe(ObservedEvent(index: index, time: time, type: "a2a_message"))
            watch.charge(.fork, at: time, evidence: String(repeating: "é", count: 400))
        }
        let found = watch.assessment(at: .max, peers: [Self.watch])
        #expect(found.band == .critical)
        #expect(found.alerts[0].evidence.allSatisfy { $0.utf8.count <= 128 })
        #expect(found.asOf == .max)
    }

    @Test func `an event that comes again is ignored`() {
        var watch = Self.watch
        watch.observe(ObservedEvent(index: watch.lastIndex ?? 0, time: watch.clock + 5, type: "a2a_message", peer: "new"))
        #expect(watch == Self.watch)
    }

    @Test func `the state stays small whatever an agent does`() throws {
        var watch = AgentWatch(agent: "a", profile: .standard)
        for index in 0..<20_000 as Range<UInt64> {
            let peer = "\(index % 97) " + String(repeating: "x", count: 200)
            watch.observe(ObservedEvent(index: index, time: Int64(index) * 311, type: "a2a_message", peer: peer))
            if index % 50 == 0 { watch.charge(.fork, at: Int64(index) * 311, evidence: String(repeating: "e", count: 500)) }
        }
        #expect(try CanonicalForm.jcs.encode(watch.json()).count < 24_000)
        let few = AgentWatch(Histories.steady(hours: 2000))
        #expect(try CanonicalForm.jcs.encode(few.json()).count < 6000)
    }

    @Test func `an assessment says what it stands on`() throws {
        let found = Self.watch.assessment(at: Self.watch.clock)
        let json = found.json()
        #expect(json["engine"] == "chancery-vigil/1 standard")
        #expect(json["as_of"]?.integer.map { UInt64($0) } == Self.watch.lastIndex)
        #expect(json["risk"]?.integer == found.risk?.value)
        #expect(json["alerts"]?.array?.count == found.alerts.count)
        #expect(try JSONParser.parse(CanonicalForm.jcs.encode(json)) == json)
    }

    @Test(
        arguments: [
            (#"{"event_type":"a2a_message","peer_agent_id":"p","peer_signature":"s"}"#, "a2a_message", "p", true, false),
            (#"{"event_type":"a2a_request","peer_id":"q","verified":false}"#, "a2a_request", "q", false, false),
            (#"{"event_type":"key_rotation","attestation":{"x":1}}"#, "key_rotation", nil, false, true),
            (#"{"event_type":7,"peer_agent_id":null,"handshake_complete":true}"#, "", nil, true, false),
        ] as [(String, String, String?, Bool, Bool)])
    func `a payload's claims are read by name`(
        text: String, type: String, peer: String?, claimsPeer: Bool, claimsAttestation: Bool
    ) throws {
        let traits = PayloadTraits(try #require(JSONParser.parse(text).object))
        #expect(traits.type == type)
        #expect(traits.peer == peer)
        #expect(traits.claimsVerifiedPeer == claimsPeer)
        #expect(traits.claimsAttestation == claimsAttestation)
    }
}
