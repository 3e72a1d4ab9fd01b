import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct SeedAuditTests {
    /// A log of three entries, hashed as the seed hashes them.
    private static func log() throws -> [JSONValue] {
        var previous = SeedAudit.genesis
        return try (0..<3).map { number in
            var entry: JSONObject = [
                "data": ["who": "zoë \u{1F511}\u{7F}", "number": .bigInteger("88659068653736745934343578922604044268")],
                "event": "eval_ok", "prev_hash": .string(previous), "timestamp": .double(1_771_286_401.5 + Double(number)),
            ]
            previous = Hex.encode(Digest.sha256(try SeedAudit.hashedText(of: .object(entry))))
            entry["entry_hash"] = .string(previous)
            return .object(entry)
        }
    }

    @Test func `the hashed text is what the seed hashes`() throws {
        let text = String(decoding: try SeedAudit.hashedText(of: Self.log()[0]), as: UTF8.self)
        #expect(
            text
                == #"{"data":{"number":88659068653736745934343578922604044268,"who":"zo\u00eb \ud83d\udd11\u007f"},"event":"eval_ok","prev_hash":"\#(SeedAudit.genesis)","timestamp":1771286401.5}"#
        )
    }

    @Test func `a changed entry is found, a cut log only by its head`() throws {
        let log = try Self.log()
        let whole = try SeedAudit.read(log)
        #expect(whole.isChained)
        #expect(whole.matches(head: whole.head))
        let cut = try SeedAudit.read(Array(log.dropLast()))
        #expect(cut.isChained)
        #expect(!cut.matches(head: whole.head))
        #expect(try SeedAudit.read([log[0], log[2]]).firstBroken == 1)
        #expect(try SeedAudit.read([log[1], log[0], log[2]]).firstBroken == 0)
        #expect(try SeedAudit.read([]).head == SeedAudit.genesis)
    }

    @Test func `entries of another shape are refused`() throws {
        let entry = try #require(Self.log()[0].object)
        for name in entry.names {
            var altered = entry
            altered[name] = .bool(true)
            #expect(code { _ = try SeedAudit.read([.object(altered)]) } == "compute.audit_malformed")
            altered[name] = nil
            #expect(code { _ = try SeedAudit.read([.object(altered)]) } == "compute.audit_malformed")
        }
        for value: JSONValue in [.null, [], "text", .object(JSONObject())] {
            #expect(code { _ = try SeedAudit.read([value]) } == "compute.audit_malformed")
        }
    }
}
