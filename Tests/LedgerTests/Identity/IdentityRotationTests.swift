import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct IdentityRotationTests {
    private let keys: IdentityKeys
    private let next: IdentityKeys
    private let first: IdentityDocument
    private let second: IdentityDocument

    init() throws {
        keys = try SampleKeys.keys(1)
        next = try SampleKeys.keys(1, rotations: 1)
        first = try SampleKeys.document(1)
        second = try first.rotate(from: keys, to: next, at: SampleKeys.time(10), salt: SampleKeys.salt(2))
    }

    private func forged(
        by signers: [RecordSigner]? = nil, _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> UnverifiedRecord {
        var body = second.record.body
        change(&body)
        let signers = signers ?? [RecordSigner(keys.root), RecordSigner(next.root)]
        return try UnverifiedRecord(decoding: VerifiedRecord.sign(body, type: IdentityDocument.type, by: signers).bytes)
    }

    private func refusal(_ record: UnverifiedRecord) -> String? {
        code { _ = try IdentityDocument.verify(record, after: first) }
    }

    @Test func `a rotation keeps the DID and exchanges every key`() throws {
        #expect(second.did == first.did && second.number == 1 && second.previous == first.hash)
        #expect(second.rootKey == next.root.publicKey && second.rootKey != first.rootKey)
        #expect(second.recordKey != first.recordKey && second.aissKey != first.aissKey)
        #expect(second.agentID != first.agentID)
    }

    @Test func `fresh keys of a rotation have the committed root`() throws {
        let rotated = try keys.rotated()
        #expect(rotated.root.publicKey == keys.nextRoot.publicKey)
        #expect(rotated.nextRoot.publicKey != keys.nextRoot.publicKey)
        let document = try first.rotate(from: keys, to: rotated, at: SampleKeys.time(1), salt: SampleKeys.salt(3))
        #expect(document.number == 1)
    }

    @Test func `a root that was not committed to cannot take over`() throws {
        let thief = try SampleKeys.keys(9)
        #expect(throws: (any Error).self) {
            try first.rotate(from: keys, to: thief, at: SampleKeys.time(10), salt: SampleKeys.salt(2))
        }
        let body = try SampleKeys.document(9).record.body
        let record = try forged(by: [RecordSigner(keys.root), RecordSigner(thief.root)]) { $0["keys"] = body["keys"] }
        #expect(refusal(record) == "ledger.identity_broken")
    }

    @Test(arguments: [0, 2, 5] as [Int64])
    func `a document with another number does not follow`(number: Int64) throws {
        #expect(try refusal(forged { $0["n"] = .integer(number) }) == "ledger.identity_broken")
    }

    @Test func `a document that names another predecessor does not follow`() throws {
        let other = [UInt8](repeating: 1, count: 32)
        #expect(try refusal(forged { $0["previous"] = .string(Hex.encode(other)) }) == "ledger.identity_broken")
        #expect(try refusal(forged { $0["previous"] = .null }) == "ledger.identity_broken")
    }

    @Test func `both roots sign, in order`() throws {
        let (old, new) = (RecordSigner(keys.root), RecordSigner(next.root))
        #expect(try refusal(forged(by: [old, new])) == nil)
        for signers in [[new, old], [old], [new], [old, old], [new, new], [old, new, old]] {
            #expect(try refusal(forged(by: signers)) == "suite.invalid_signature")
        }
    }

    @Test func `time does not go back`() throws {
        let before = SampleKeys.time(-1).text
        #expect(try refusal(forged { $0["created_at"] = .string(before) }) == "ledger.identity_broken")
        let same = first.createdAt.text
        #expect(try refusal(forged { $0["created_at"] = .string(same) }) == nil)
    }

    @Test func `another identity cannot take the place of the second document`() throws {
        let bob = try SampleKeys.document(2)
        #expect(refusal(try UnverifiedRecord(decoding: bob.record.bytes)) == "ledger.identity_broken")
        #expect(try refusal(forged { $0["did"] = .string(bob.did.text) }) == "ledger.identity_broken")
    }

    @Test func `the proofs of the first document do not serve the second`() throws {
        let keys = first.record.body["keys"]?.array ?? []
        let record = try forged { body in
            var listed = body["keys"]?.array ?? []
            listed[1] = keys[1]
            body["keys"] = .array(listed)
        }
        #expect(refusal(record) == "ledger.identity_invalid")
    }

    @Test func `two documents with one number both verify and differ, which proves a fork`() throws {
        let twin = try first.rotate(from: keys, to: keys.rotated(), at: SampleKeys.time(20), salt: SampleKeys.salt(4))
        #expect(twin.number == second.number && twin.hash != second.hash)
        let history = [first, second, twin].map(\.record.bytes)
        #expect(
            code { _ = try IdentityDocument.verify(history: history.map { try UnverifiedRecord(decoding: $0) }) }
                == "ledger.identity_broken")
    }

    @Test func `a history out of order or with a gap is refused`() throws {
        let last = try SampleKeys.keys(1, rotations: 2)
        let third = try second.rotate(from: next, to: last, at: SampleKeys.time(30), salt: SampleKeys.salt(5))
        func verify(_ documents: [IdentityDocument]) -> String? {
            code { _ = try IdentityDocument.verify(history: documents.map { try UnverifiedRecord(decoding: $0.record.bytes) }) }
        }
        #expect(verify([first, second, third]) == nil)
        #expect(verify([]) == nil)
        #expect(verify([first, third]) == "ledger.identity_broken")
        #expect(verify([second, first]) == "ledger.identity_invalid")
        #expect(verify([first, first]) == "ledger.identity_broken")
    }
}
