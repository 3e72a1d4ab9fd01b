import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct IdentityDocumentTests {
    private let alice: IdentityDocument

    init() throws { alice = try SampleKeys.document(1) }

    /// The first document of a hybrid identity, and the one that follows it.
    private static func golden() throws -> (first: [UInt8], second: [UInt8]) {
        let document = { () throws -> IdentityDocument in try SampleKeys.document(7, suite: .hybrid) }
        let first = try GoldenFile.bytes("identity-0.json") { try document().record.bytes }
        let second = try GoldenFile.bytes("identity-1.json") {
            try IdentityDocument.verify(UnverifiedRecord(decoding: first)).rotate(
                from: SampleKeys.keys(7, suite: .hybrid), to: SampleKeys.keys(7, rotations: 1, suite: .hybrid),
                at: SampleKeys.time(60), salt: SampleKeys.salt(8)
            ).record.bytes
        }
        return (first, second)
    }

    private func verify(_ bytes: [UInt8]) throws -> IdentityDocument {
        try IdentityDocument.verify(UnverifiedRecord(decoding: bytes))
    }

    /// A document of `keys` whose body went through `change` before the root signed it.
    private func signed(
        _ document: IdentityDocument, by signers: [RecordSigner], _ change: (inout JSONObject) -> Void
    ) throws -> UnverifiedRecord {
        var body = document.record.body
        change(&body)
        return try UnverifiedRecord(
            decoding: VerifiedRecord.sign(body, type: IdentityDocument.type, by: signers).bytes)
    }

    private func signedByRoot(_ change: (inout JSONObject) -> Void) throws -> UnverifiedRecord {
        try signed(alice, by: [RecordSigner(SampleKeys.keys(1).root)], change)
    }

    @Test func `golden documents stay readable`() throws {
        let golden = try Self.golden()
        let history = try IdentityDocument.verify(
            history: [golden.first, golden.second].map { try UnverifiedRecord(decoding: $0) })
        #expect(history.map(\.number) == [0, 1])
        let keys = try SampleKeys.keys(7, suite: .hybrid)
        #expect(history[0].rootKey == keys.root.publicKey && history[0].recordKey == keys.record.publicKey)
        #expect(history[0].aissKey == keys.aiss.publicKey && history[0].did == DID(root: keys.root.publicKey))
        #expect(history[1].rootKey == keys.nextRoot.publicKey && history[1].did == history[0].did)
        #expect(history[1].previous == history[0].hash)
    }

    @Test func `every truncation is refused with a typed error`() async throws {
        let golden = try Self.golden().first
        let failures = await inParallel(Array(0..<golden.count)) { count in
            let code = code { _ = try IdentityDocument.verify(UnverifiedRecord(decoding: Array(golden[..<count]))) }
            return code?.hasPrefix("wire.") == true ? nil : "\(count): \(code ?? "accepted")"
        }
        #expect(failures.isEmpty, "\(failures.prefix(5))")
    }

    @Test func `every single-bit flip is refused with a typed error`() async throws {
        let golden = try Self.golden().first
        let flips = bitFlips(of: golden)
        let failures = await inParallel(flips) { flip -> String? in
            let bytes = golden.flipping(flip.byte, flip.bit)
            let code = code { _ = try IdentityDocument.verify(UnverifiedRecord(decoding: bytes)) }
            if let code, !code.hasPrefix("untyped") { return nil }
            return "byte \(flip.byte) bit \(flip.bit): \(code ?? "accepted")"
        }
        #expect(flips.count > 10_000)
        #expect(failures.isEmpty, "\(failures.prefix(5))")
    }

    @Test func `a second document with one bit flipped never follows the first`() async throws {
        let golden = try Self.golden()
        let first = try verify(golden.first)
        let flips = bitFlips(of: golden.second).filter { $0.byte % 5 == 0 }
        let failures = await inParallel(flips) { flip -> String? in
            let bytes = golden.second.flipping(flip.byte, flip.bit)
            let code = code { _ = try IdentityDocument.verify(UnverifiedRecord(decoding: bytes), after: first) }
            if let code, !code.hasPrefix("untyped") { return nil }
            return "byte \(flip.byte) bit \(flip.bit): \(code ?? "accepted")"
        }
        #expect(failures.isEmpty, "\(failures.prefix(5))")
    }

    @Test func `a document that the root signed under another DID is refused`() throws {
        let bob = try SampleKeys.document(2)
        let forged = try signedByRoot { $0["did"] = .string(bob.did.text) }
        #expect(code { _ = try IdentityDocument.verify(forged) } == "ledger.identity_invalid")
    }

    @Test(arguments: ["agent_id", "classical_agent_id"])
    func `a document with the agent id of somebody else is refused`(member: String) throws {
        let bob = try SampleKeys.document(2)
        let forged = try signedByRoot { $0[member] = bob.record.body[member] }
        #expect(code { _ = try IdentityDocument.verify(forged) } == "ledger.identity_invalid")
    }

    @Test(arguments: 0..<3)
    func `a key without its own proof of possession is refused`(place: Int) throws {
        let twin = try SampleKeys.document(1, suite: .mlDSA65).record.body["keys"]?.array ?? []
        var other = try SampleKeys.document(2).record.body["keys"]?.array ?? []
        // The proof of another identity, that of another key, and none at all.
        let foreign = other[place]["proof"]
        other = alice.record.body["keys"]?.array ?? []
        let swapped = other[place == 0 ? 1 : 0]["proof"]
        for (proof, expected) in [(foreign, "ledger.identity_invalid"), (swapped, nil), (JSONValue.string(""), nil)] {
            let forged = try signedByRoot { body in
                var keys = body["keys"]?.array ?? []
                var entry = keys[place].object ?? JSONObject()
                entry["proof"] = proof
                keys[place] = .object(entry)
                body["keys"] = .array(keys)
            }
            let code = code { _ = try IdentityDocument.verify(forged) }
            #expect(code != nil && code?.hasPrefix("untyped") == false, "proof at \(place): \(code ?? "accepted")")
            if let expected { #expect(code == expected) }
        }
        #expect(twin.count == 3)
    }

    @Test func `a key of somebody else cannot be listed with the proof it gave its owner`() throws {
        let bob = try SampleKeys.document(2).record.body
        let forged = try signedByRoot { body in
            var keys = body["keys"]?.array ?? []
            keys[1] = bob["keys"]?.array?[1] ?? .null
            body["keys"] = .array(keys)
        }
        #expect(code { _ = try IdentityDocument.verify(forged) } == "ledger.identity_invalid")
    }

    @Test func `a body that holds more or less than a document is refused`() throws {
        let names = alice.record.body.names
        for name in names where name != "type" {
            let forged = try signedByRoot { $0[name] = nil }
            let code = code { _ = try IdentityDocument.verify(forged) }
            #expect(code != nil && code?.hasPrefix("untyped") == false, "without `\(name)`: \(code ?? "accepted")")
        }
        let extra = try signedByRoot { $0["more"] = 1 }
        #expect(code { _ = try IdentityDocument.verify(extra) } == "wire.unknown_member")
    }

    @Test func `a document signed by another key than its root is refused`() throws {
        let keys = try SampleKeys.keys(2)
        let forged = try signed(alice, by: [RecordSigner(keys.root)]) { _ in }
        #expect(code { _ = try IdentityDocument.verify(forged) } == "suite.invalid_signature")
        let record = try signed(alice, by: [RecordSigner(SampleKeys.keys(1).record)]) { _ in }
        #expect(code { _ = try IdentityDocument.verify(record) } == "suite.invalid_signature")
    }

    @Test func `a later document alone proves nothing`() throws {
        let golden = try Self.golden()
        #expect(code { _ = try verify(golden.second) } == "ledger.identity_invalid")
    }

    @Test func `keys of one algorithm alone are refused as AISS keys`() throws {
        let forged = try signedByRoot { body in
            var keys = body["keys"]?.array ?? []
            keys[2] = keys[1]
            body["keys"] = .array(keys)
        }
        #expect(code { _ = try IdentityDocument.verify(forged) } == "ledger.identity_invalid")
    }
}
