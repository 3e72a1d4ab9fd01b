import ChanceryGovernance
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct RenderingTests {
    private let sample: SampleProposal

    init() throws { sample = try SampleProposal() }

    @Test func `the rendering is the text of the specification`() throws {
        let terms = try sample.terms(.authorizeAgent)
        let two = String(repeating: "02", count: 32)
        let expected = """
            proposal     \(Hex.encode(terms.id))
            asks to      authorize an agent as `clerk` in the scope prod/eu
            kind         authorize-agent
            federation   \(sample.committee.federation)
            roster       \(Hex.encode(sample.committee.rosterHash))
            agent        did:pqaid:\(two)
            role         clerk
            scope        prod/eu
            environment  `production`
            max rate     50 a second
            not after    2027-01-03T18:13:20.000Z
            made for     generation 0
            title        Sample of authorize-agent
            description  Only a test.
            proposer     \(sample.federation.dids[0])
            created      2026-09-21T14:15:00.000Z
            not before   2026-09-21T14:16:00.000Z
            expires      2026-09-21T15:15:00.000Z
            salt         BQUFBQUFBQUFBQUFBQUFBQ
            """
        #expect(terms.rendering == expected)
    }

    @Test(arguments: ProposalKind.allCases.filter { $0 != .addNode && $0 != .rotateKey })
    func `whatever changes in a proposal, its rendering changes below the id`(kind: ProposalKind) throws {
        let terms = try sample.terms(kind)
        var leaves: [[String]] = []
        func collect(_ value: JSONValue, _ path: [String]) {
            guard let object = value.object else { return leaves.append(path) }
            for member in object.members { collect(member.value, path + [member.name]) }
        }
        collect(.object(terms.body), [])
        for path in leaves where path != ["type"] && path != ["kind"] {
            var changed = 0
            for other in Self.others(path, terms.body) {
                guard let new = try? ProposalTerms(Self.replacing(terms.body, path, other)) else { continue }
                changed += 1
                #expect(Self.belowID(new) != Self.belowID(terms), "\(path)")
            }
            #expect(changed > 0 || (path == ["basis"] && terms.basis == .none), "no other value of \(path) was read")
        }
    }

    private static func belowID(_ terms: ProposalTerms) -> String {
        terms.rendering.split(separator: "\n").dropFirst().joined(separator: "\n")
    }

    /// Values that a field might have instead; those that it cannot have are passed over.
    private static func others(_ path: [String], _ body: JSONObject) -> [JSONValue] {
        let old = path.reduce(JSONValue.object(body)) { $0[$1] ?? .null }
        switch old {
        case .integer(let number): return [.integer(number + 1), .integer(number - 1)]
        case .array(let elements): return [.array(elements.dropLast()), .array(Array(elements.dropFirst()))]
        case .string(let text):
            var bytes = Array(text.utf8)
            if let last = bytes.indices.last { bytes[last] = bytes[last] == 0x30 ? 0x31 : 0x30 }
            let time = try? UTCTime(text)
            return [
                .string(String(decoding: bytes, as: UTF8.self)), .string(text + "x"), .string("AAAAAAAAAAAAAAAAAAAAAA"),
            ] + (time.map { [.string($0.advanced(bySeconds: 1).text), .string($0.advanced(bySeconds: -1).text)] } ?? [])
        default: return []
        }
    }

    private static func replacing(_ object: JSONObject, _ path: [String], _ value: JSONValue) -> JSONObject {
        var object = object
        if path.count == 1 {
            object[path[0]] = value
        } else {
            object[path[0]] = .object(replacing(object[path[0]]?.object ?? JSONObject(), Array(path.dropFirst()), value))
        }
        return object
    }

    @Test func `a rendering shows the keys of an enrolment and what vouches for them`() throws {
        let keys = try SampleKeys.memberKeys(9).publicKeys
        let text = try sample.terms(.addNode).rendering
        for id in [keys.ballot.id, keys.consensus.id, keys.http.id] { #expect(text.contains(Hex.encode(id))) }
    }

    @Test func `nothing in a title moves the cursor or turns the text around`() throws {
        var body = try sample.terms(.revokeAgent).body
        body["title"] = "a\u{1b}[2J\u{202e}b\u{2066}c\nproposer x\r\u{9b}\u{2028}\\u{202e}\u{e0041}"
        let text = try ProposalTerms(body).rendering
        #expect(
            text.contains(#"title        a\u{1b}[2J\u{202e}b\u{2066}c\u{a}proposer x\u{d}\u{9b}\u{2028}\\u{202e}\u{e0041}"#))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(try lines == sample.terms(.revokeAgent).rendering.split(separator: "\n").count)
    }
}
