import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

struct SignedRecordTests {
    private static let type = "chancery/test/v1"
    private let key: SigningKey<Purpose.Record>
    private let other: SigningKey<Purpose.Record>
    private let golden: VerifiedRecord

    init() throws {
        key = try SigningKey(.hybrid, seed: SecretBytes(count: 64))
        other = try SigningKey.generate(.hybrid)
        let body = JSONObject([.init(name: "n", value: 1), .init(name: "text", value: "é\n")])
        golden = try VerifiedRecord.sign(body, type: Self.type, by: key)
    }

    /// The record after its signature went through `change`.
    private func altered(_ change: (inout JSONObject) -> Void) throws -> UnverifiedRecord {
        guard var record = try JSONParser.parse(golden.bytes).object, var list = record["signatures"]?.array,
            var entry = list.first?.object
        else { throw WireError(.wrongType, "the golden record has no signature") }
        change(&entry)
        list[0] = .object(entry)
        record["signatures"] = .array(list)
        return try UnverifiedRecord(decoding: CanonicalForm.jcs.encode(record))
    }

    private func reason(_ record: UnverifiedRecord, by signer: SigningKey<Purpose.Record>? = nil) -> SuiteError.Reason? {
        do { _ = try record.verify(type: Self.type, by: (signer ?? key).publicKey) } catch { return error.reason }
        return nil
    }

    @Test func `a record verifies and keeps its bytes`() throws {
        let record = try UnverifiedRecord(decoding: golden.bytes)
        let verified = try record.verify(type: Self.type, by: key.publicKey)
        #expect(verified.bytes == golden.bytes)
        #expect(verified.id == Digest.sha3_256(verified.bodyBytes))
        #expect(verified.body["type"] == .string(Self.type))
    }

    @Test func `every truncation is refused with a typed error`() {
        for length in golden.bytes.indices {
            #expect(throws: WireError.self) { try UnverifiedRecord(decoding: Array(golden.bytes[..<length])) }
        }
        #expect(throws: WireError.self) { try UnverifiedRecord(decoding: golden.bytes + [0x20]) }
    }

    @Test func `every flipped bit is refused with a typed error`() throws {
        let golden = self.golden.bytes
        for place in golden.indices {
            for bit in 0..<8 {
                var bytes = golden
                bytes[place] ^= 1 << UInt8(bit)
                do {
                    _ = try UnverifiedRecord(decoding: bytes).verify(type: Self.type, by: key.publicKey)
                    Issue.record("bit \(bit) of byte \(place) does not count")
                } catch {
                    #expect(error is WireError || error is SuiteError)
                }
            }
        }
    }

    @Test func `a record of another type is refused, whoever signed it`() throws {
        let record = try UnverifiedRecord(decoding: golden.bytes)
        #expect(throws: SuiteError.self) { try record.verify(type: "chancery/test/v2", by: key.publicKey) }
        // The same body under a type that the signature was not made for.
        let body = golden.body
        let bytes = try CanonicalForm.jcs.encode(body)
        let signature = try key.sign(bytes, type: "chancery/other/v1")
        let forged = try altered { $0["value"] = .string(Base64.url.encode(signature)) }
        #expect(reason(forged) == .invalidSignature)
    }

    @Test func `the suite is what the registry says, not what the record says`() throws {
        for suite in SignatureSuite.allCases where suite != .hybrid {
            #expect(try reason(altered { $0["suite"] = .string(suite.rawValue) }) == .invalidSignature)
        }
        // The post-quantum half alone, offered as the hybrid and as the single suite.
        let half = try key.sign(golden.bodyBytes, type: Self.type).suffix(3309)
        for suite in ["ML-DSA-65", "Ed25519+ML-DSA-65"] {
            let record = try altered {
                $0["value"] = .string(Base64.url.encode(Array(half)))
                $0["suite"] = .string(suite)
            }
            #expect(reason(record) == .invalidSignature)
        }
    }

    @Test func `half of another signer's signature makes a hybrid false`() throws {
        let own = try key.sign(golden.bodyBytes, type: Self.type)
        let foreign = try other.sign(golden.bodyBytes, type: Self.type)
        for mixed in [Array(own.prefix(64) + foreign.suffix(3309)), Array(foreign.prefix(64) + own.suffix(3309)), foreign] {
            #expect(try reason(altered { $0["value"] = .string(Base64.url.encode(mixed)) }) == .invalidSignature)
        }
        #expect(try reason(altered { $0["value"] = .string(Base64.url.encode(own)) }) == nil)
        #expect(try reason(UnverifiedRecord(decoding: golden.bytes), by: other) == .invalidSignature)
    }

    @Test func `a key of another purpose does not stand in`() throws {
        // Same suite and seed, purpose without contexts: its verifier accepts no record at all.
        let foreign = try SigningKey<Purpose.AISS>(.hybrid, seed: SecretBytes(count: 64))
        #expect(throws: SuiteError.self) {
            try VerifiedRecord.sign(JSONObject([.init(name: "n", value: 1)]), type: Self.type, by: foreign)
        }
        let record = try UnverifiedRecord(decoding: golden.bytes)
        #expect(throws: SuiteError.self) { try record.verify(type: Self.type, by: foreign.publicKey) }
    }

    @Test func `exactly the required signatures are accepted, in order`() throws {
        let both = [RecordSigner(key), RecordSigner(other)]
        let record = try VerifiedRecord.sign(JSONObject([.init(name: "n", value: 1)]), type: Self.type, by: both)
        let decoded = try UnverifiedRecord(decoding: record.bytes)
        let first = RecordVerifier(key.publicKey)
        let second = RecordVerifier(other.publicKey)
        _ = try decoded.verify(type: Self.type, by: [first, second])
        for verifiers in [[], [first], [second], [second, first], [first, first], [first, second, second]] {
            #expect(throws: SuiteError.self) { try decoded.verify(type: Self.type, by: verifiers) }
        }
    }

    @Test(arguments: [
        #"{"body":{"type":"t"},"signatures":[]}"#, #"{"body":{"type":"t"}}"#, #"{"signatures":[]}"#, "[]",
        #"{"body":{},"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#,
        #"{"body":{"type":1},"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#,
        #"{"body":{"type":"t"},"signatures":[{"key":"AA","suite":"x","value":""}]}"#,
        #"{"body":{"type":"t","x":1.5},"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#,
        #"{"body":{"type":"t"},"extra":1,"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#,
        #"{"body":{"type":"t"},"signatures":[{"extra":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#,
        #"{"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}],"body":{"type":"t"}}"#,
        #"{"body": {"type":"t"},"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#,
    ])
    func `a text that is not a canonical record is refused`(text: String) {
        #expect(throws: WireError.self) { try UnverifiedRecord(decoding: Array(text.utf8)) }
    }

    @Test func `a hundred thousand damaged records neither trap nor verify`() throws {
        let small = Array(
            #"{"body":{"n":1,"type":"t"},"signatures":[{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","suite":"x","value":""}]}"#
                .utf8)
        let compact = golden.bytes
        var mutator = Mutator("records", corpus: [small, small, small, compact])
        var decoded = 0
        for _ in 0..<100_000 {
            let bytes = mutator.input()
            guard let record = try? UnverifiedRecord(decoding: bytes, limit: 16384) else { continue }
            decoded += 1
            #expect(record.bytes == bytes)
            if bytes != compact, (try? record.verify(type: Self.type, by: key.publicKey)) != nil {
                Issue.record("a damaged record verifies")
            }
        }
        #expect((1..<100_000).contains(decoded))
    }
}
