import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ProposalTests {
    private let sample: SampleProposal

    init() throws { sample = try SampleProposal() }

    @Test(arguments: ProposalKind.allCases)
    func `a proposal of every kind verifies, reads back as itself and says all of it`(kind: ProposalKind) throws {
        let proposal = try sample.proposal(kind)
        let read = try Proposal.verify(UnverifiedRecord(decoding: proposal.record.bytes), in: sample.committee)
        #expect(read.kind == kind && read.id == proposal.id && read.id == proposal.record.id)
        #expect(read.terms.basis == proposal.terms.basis)
        #expect(try read.parameters.json == proposal.parameters.json)
        #expect(read.terms.body == proposal.record.body)
        #expect(read.terms.rendering == proposal.terms.rendering)
    }

    @Test(arguments: ProposalKind.allCases)
    func `no proposal is read with a member more or less, at any depth`(kind: ProposalKind) throws {
        let body = try sample.terms(kind).body
        var paths: [[String]] = []
        func collect(_ value: JSONValue, _ path: [String]) {
            // Inside an enrolment all is signed by its owner and read by its own code.
            guard let object = value.object, path.last != "enrolment" else { return }
            paths.append(path)
            for member in object.members { collect(member.value, path + [member.name]) }
        }
        collect(.object(body), [])
        for path in paths {
            let names = try #require(Self.value(.object(body), path).object).names
            // Constraints are all optional.
            for name in names where path.last != "constraints" {
                let cut = Self.changing(.object(body), path) { $0[name] = nil }
                #expect(isRefused { _ = try ProposalTerms(cut) }, "\(path) without \(name)")
            }
            let more = Self.changing(.object(body), path) { $0["surplus"] = 1 }
            #expect(isRefused { _ = try ProposalTerms(more) }, "\(path) with more")
        }
    }

    private static func value(_ value: JSONValue, _ path: [String]) -> JSONValue {
        path.reduce(value) { $0[$1] ?? .null }
    }

    private static func changing(_ value: JSONValue, _ path: [String], _ change: (inout JSONObject) -> Void) -> JSONObject {
        var object = value.object ?? JSONObject()
        guard let name = path.first else {
            change(&object)
            return object
        }
        object[name] = .object(changing(object[name] ?? .null, Array(path.dropFirst()), change))
        return object
    }

    @Test func `every truncation and changed bit of a proposal is refused`() async throws {
        let committee = sample.committee
        let golden = try sample.proposal(.authorizeAgent).record.bytes
        let refused: @Sendable ([UInt8]) -> Bool = { bytes in
            isRefused { _ = try Proposal.verify(UnverifiedRecord(decoding: bytes), in: committee) }
        }
        #expect(!refused(golden))
        let cuts = await inParallel(Array(0..<golden.count)) { refused(Array(golden[..<$0])) ? nil : $0 }
        #expect(cuts.isEmpty, "\(cuts)")
        let flips = await inParallel(bitFlips(of: golden)) { refused(golden.flipping($0.byte, $0.bit)) ? nil : $0 }
        #expect(flips.isEmpty, "\(flips)")
    }

    @Test func `the key is that of the committee, whatever the record says`() throws {
        let terms = try sample.terms(.revokeAgent)
        func verify(_ body: JSONObject, by key: SigningKey<Purpose.Ballot>, type: String = Proposal.type) throws {
            let record = try VerifiedRecord.sign(body, type: type, by: key)
            _ = try Proposal.verify(UnverifiedRecord(decoding: record.bytes), in: sample.committee)
        }
        let keys = sample.federation.keys
        try verify(terms.body, by: keys[0].ballot)
        #expect(code { try verify(terms.body, by: keys[1].ballot) } == "suite.invalid_signature")
        #expect(code { try verify(terms.body, by: keys[0].ballot, type: "chancery/ballot/v1") } == "suite.invalid_signature")
        var foreign = terms.body
        foreign["proposer"] = .string(try SampleProposal.agent(9).text)
        #expect(code { try verify(foreign, by: SampleKeys.memberKeys(9).ballot) } == "governance.not_a_member")
        for name in ["federation", "roster"] {
            var other = terms.body
            other[name] = .string(Hex.encode(SampleProposal.hash(9)))
            #expect(code { try verify(other, by: keys[0].ballot) } == "governance.foreign_record")
        }
        #expect(
            code { _ = try Proposal.make(terms, in: sample.committee, key: keys[1].ballot) } == "governance.not_a_member")
    }

    @Test(
        arguments: [
            ("title", ""), ("title", String(repeating: "a", count: 201)), ("description", String(repeating: "a", count: 4097)),
            ("created", "2026-11-21T10:40:00Z"), ("not_before", "1999-01-01T00:00:00.000Z"),
            ("expires", SampleKeys.time(160).text), ("expires", SampleKeys.time(101 + 31 * 86_400).text),
            ("kind", "authorize-all"), ("kind", "revoke-agent"), ("salt", "AAAA"), ("basis", "0"),
            ("type", "chancery/ballot/v1"),
        ])
    func `fields outside their limits are refused`(name: String, value: String) throws {
        var body = try sample.terms(.authorizeAgent).body
        body[name] = .string(value)
        #expect(isRefused { _ = try ProposalTerms(body) })
    }

    @Test func `a freeze is voted within a day`() throws {
        _ = try sample.terms(.emergencyFreeze, life: 86_400)
        #expect(code { _ = try sample.terms(.emergencyFreeze, life: 86_401) } == "governance.proposal_malformed")
        _ = try sample.terms(.unfreeze, life: 31 * 86_400)
    }

    @Test(
        arguments: [
            (.emergencyFreeze, "rooms", []), (.emergencyFreeze, "rooms", ["vault", "gate"]),
            (.emergencyFreeze, "rooms", ["gate", "gate"]), (.emergencyFreeze, "rooms", ["attic"]),
            (.emergencyFreeze, "reason", .string(String(repeating: "a", count: 513))), (.unfreeze, "freezes", []),
            (.unfreeze, "freezes", [.string(String(repeating: "0", count: 63))]), (.authorizeAgent, "role", ""),
            (.authorizeAgent, "scope", "prod/"), (.authorizeAgent, "constraints", ["max_rate_qps": 0]),
            (.authorizeAgent, "constraints", ["environment": ""]), (.authorizeModel, "manifest", "00"),
            (.delegation, "depth", 5), (.delegation, "delegate", .string(theDelegator)), (.activateProgram, "threshold", 4),
            (.activateProgram, "threshold", 0), (.activateProgram, "version", ""), (.activateProgram, "custodians", []),
            (.addNode, "weight", 0), (.removeNode, "did", "did:pqaid:00"), (.updatePolicy, "policy", 1),
        ] as [(ProposalKind, String, JSONValue)])
    func `parameters outside their limits are refused`(kind: ProposalKind, name: String, value: JSONValue) throws {
        let terms = try sample.terms(kind)
        var parameters = try #require(terms.parameters.json.object)
        parameters[name] = value
        #expect(isRefused { _ = try ProposalParameters(kind, .object(parameters)) })
    }

    @Test func `lists have one order`() throws {
        for (kind, name) in [(.unfreeze, "freezes"), (.activateProgram, "custodians")] as [(ProposalKind, String)] {
            var parameters = try #require(sample.terms(kind).parameters.json.object)
            let list = try #require(parameters[name]?.array)
            for other in [Array(list.reversed()), list + [list[list.count - 1]]] {
                parameters[name] = .array(other)
                let error = code { _ = try ProposalParameters(kind, .object(parameters)) }
                #expect(error == "governance.proposal_malformed")
            }
        }
    }

    @Test func `a proposal longer than a certificate takes is refused before its signature`() throws {
        var body = try sample.terms(.revokeAgent).body
        body["surplus"] = .string(String(repeating: "a", count: Proposal.maximumBytes))
        let record = try VerifiedRecord.sign(body, type: Proposal.type, by: sample.federation.keys[1].ballot)
        #expect(
            code { _ = try Proposal.verify(UnverifiedRecord(decoding: record.bytes), in: sample.committee) }
                == "governance.proposal_malformed")
    }

    @Test func `an enrolment with a changed key is refused inside a proposal`() throws {
        let other = try SampleKeys.memberKeys(8)
        var body = try sample.terms(.addNode).body
        let text = try #require(body["parameters"]?["enrolment"]?["enrolment"]?["body"]?["keys"]?.array?[0]["key"]?.string)
        let bytes = try CanonicalForm.jcs.encode(body).replacing(text, by: Base64.url.encode(other.ballot.publicKey.bytes))
        body = try #require(try JSONParser.parse(bytes).object)
        #expect(isRefused { _ = try ProposalTerms(body) })
    }
}

/// The agent who delegates in the sample.
private let theDelegator = "did:pqaid:" + String(repeating: "02", count: 32)
