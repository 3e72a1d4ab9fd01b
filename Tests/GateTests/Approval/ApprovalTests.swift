import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// A person's answer counts only as it was signed, with the key that the home has of them.
struct ApprovalTests {
    private let key: SigningKey<Purpose.Approval>
    private let approver: Approver
    private let decision: GateDecision
    private let terms: Approval.Terms

    init() throws {
        key = try Sample.key()
        approver = try Sample.approver("ann", .l2, key)
        decision = try Sample.decision(.requireHuman, action: Sample.action(target: "bank.example"))
        terms = try Approval.Terms(
            .approve, on: decision, Sample.id(1), justification: "agreed by phone", at: SampleKeys.time(5))
    }

    private func verify(_ bytes: [UInt8], _ known: Approver? = nil) throws -> Approval {
        let known = known ?? approver
        return try Approval.verify(bytes) { $0 == known.id ? known : nil }
    }

    @Test func `an answer names the decision and everything that the person saw`() throws {
        let signed = try Approval.sign(terms, as: approver, key: key)
        let read = try verify(signed.record.bytes)
        #expect(read.terms == terms && read.approver == approver)
        #expect(read.terms.actionHash == decision.action.hash && read.terms.agent == decision.facts.agent)
        #expect(read.terms.policy == decision.policy && read.terms.target == "bank.example")
        // Two answers with the same words are two records.
        #expect(try Approval.sign(terms, as: approver, key: key).record.id != signed.record.id)
    }

    @Test func `every member that is changed, added or removed voids the signature`() throws {
        let signed = try Approval.sign(terms, as: approver, key: key)
        let value = try JSONParser.parse(signed.record.bytes)
        var members = 0
        let body = try #require(value["body"]?.object)
        for name in body.names {
            for new in [JSONValue?.none, "other", .string(String(repeating: "0", count: 64)), nil as JSONValue] {
                var changed = body
                changed[name] = new
                var record = try #require(value.object)
                record["body"] = .object(changed)
                let bytes = try CanonicalForm.jcs.encode(record)
                #expect(throws: (any Error).self, "\(name)") { try verify(bytes) }
                members += 1
            }
        }
        #expect(members == 4 * 13)
        Damaged.each(of: value, at: ["body"]) { damaged, what in
            #expect(throws: (any Error).self, "\(what)") { try verify(CanonicalForm.jcs.encode(damaged)) }
        }
        Damaged.each(of: value) { damaged, what in
            #expect(throws: (any Error).self, "\(what)") { try verify(CanonicalForm.jcs.encode(damaged)) }
        }
    }

    @Test func `a properly signed record with a wrong member is no answer`() throws {
        let signed = try Approval.sign(terms, as: approver, key: key)
        Damaged.each(of: .object(signed.record.body)) { damaged, what in
            guard let body = damaged.object, let record = try? VerifiedRecord.sign(body, type: Approval.type, by: key) else {
                return
            }
            // The type is put in again by who signs.
            guard body["type"]?.string == Approval.type else { return }
            #expect(throws: (any Error).self, "\(what)") { try verify(record.bytes) }
        }
        // A record of another type by the same key.
        let other = try VerifiedRecord.sign(signed.record.body, type: "chancery/other/v1", by: key)
        #expect(throws: (any Error).self) { try verify(other.bytes) }
    }

    @Test func `the signature of another person's key is refused, whoever it names`() throws {
        let stranger = try Sample.key()
        let forged = try Approval.sign(terms, as: approver, key: stranger)
        #expect(code { _ = try verify(forged.record.bytes) } == "suite.invalid_signature")
        let unknown = try Approval.sign(terms, as: Sample.approver("eve", .l3, stranger), key: stranger)
        #expect(code { _ = try verify(unknown.record.bytes) } == "gate.approver_unknown")
    }

    @Test func `every bit of the signed bytes matters`() throws {
        let bytes = try Approval.sign(terms, as: approver, key: key).record.bytes
        // One bit of every seventh byte; the signature alone has some thousand.
        for byte in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: (any Error).self, "byte \(byte)") { try verify(bytes.flipping(byte, UInt8(byte % 8))) }
        }
    }

    @Test func `an answer lives an hour at most`() throws {
        for (asked, given) in [(300, 300), (0, 1), (-5, 1), (999_999, 3600), (.max, 3600), (.min, 1)] as [(Int64, Int64)] {
            let terms = try Approval.Terms(
                .approve, on: decision, Sample.id(1), justification: "", at: SampleKeys.time(0), lifetime: asked)
            #expect(terms.expires == SampleKeys.time(given))
        }
    }

    @Test func `nobody answers what asks nobody`() throws {
        let allowed = try Sample.decision(.allow)
        #expect(
            code { _ = try Approval.Terms(.approve, on: allowed, Sample.id(1), justification: "", at: SampleKeys.time(0)) }
                == "gate.not_pending")
    }

    @Test func `a registration proves the key, and nothing in it can be exchanged`() throws {
        func read(_ json: JSONValue) throws -> Approver {
            var reader = try RecordReader(json, "approver")
            let approver = try Approver(&reader)
            try reader.finish()
            return approver
        }
        #expect(try read(approver.json) == approver)
        let other = try Sample.approver("bob", .l3, Sample.key())
        for name in ["approver", "key", "name", "proof"] {
            var object = try #require(approver.json.object)
            object[name] = other.json[name]
            #expect(code { _ = try read(.object(object)) } == "gate.approver_malformed", "\(name)")
        }
        Damaged.each(of: approver.json) { damaged, what in #expect(throws: (any Error).self, "\(what)") { try read(damaged) } }
    }

    @Test(
        arguments: [
            ("", 60), (String(repeating: "a", count: 65), 60), ("a\nb", 60), ("ann", 0), ("ann", 400 * 86_400),
        ] as [(String, Int64)])
    func `a registration out of bounds is refused`(name: String, lifetime: Int64) {
        #expect(code { _ = try Sample.approver(name, .l1, key, lifetime: lifetime) } == "gate.approver_malformed")
    }

    @Test func `a key counts from its first to its last second, and never again once it is revoked`() throws {
        let short = try Sample.approver("ann", .l1, key, at: 0, lifetime: 10)
        let active = [-1, 0, 10, 11].map { short.isActive(at: SampleKeys.time($0)) }
        #expect(active == [false, true, true, false])
        #expect(!short.revoked().isActive(at: SampleKeys.time(5)))
    }
}
