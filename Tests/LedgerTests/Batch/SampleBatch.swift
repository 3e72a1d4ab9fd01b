import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit

/// A row of sealed batches of one agent with fixed keys.
struct SampleBatch {
    let identity: IdentityDocument
    let keys: IdentityKeys
    let genesis: String
    private(set) var batches: [(seal: BatchSeal, events: [BatchEvent])] = []

    init(_ counts: [Int], number: UInt8 = 3) throws {
        keys = try SampleKeys.keys(number)
        // Proofs of possession are hedged, so a document made again would have another hash.
        let document =
            try number == 3
            ? GoldenFile.bytes("signer.json") { try SampleKeys.document(3).record.bytes }
            : SampleKeys.document(number).record.bytes
        identity = try IdentityDocument.verify(UnverifiedRecord(decoding: document))
        genesis = Hex.encode(Digest.sha512(Array("genesis".utf8)))
        for count in counts { try append(count) }
    }

    mutating func append(_ count: Int) throws {
        let last = batches.last
        var batch = Batch(
            agentID: identity.agentID, firstSequence: last.map { $0.seal.claims.firstSequence + $0.events.count } ?? 0,
            head: last?.seal.claims.head ?? genesis)
        for index in 0..<count {
            try batch.add(
                JSONObject([.init(name: "step", value: .integer(Int64(index)))]), timestamp: 1000 + Int64(batches.count),
                nonce: "n-\(batches.count)-\(index)")
        }
        batches.append((try seal(claims(of: batch)), batch.events))
    }

    func claims(of batch: Batch) -> BatchSeal.Claims {
        BatchSeal.Claims(
            did: identity.did, agentID: identity.agentID, identity: identity.hash, genesis: genesis, batch: batches.count,
            previousSeal: batches.last?.seal.id, firstSequence: batch.firstSequence, count: batch.count,
            previousHead: batch.previousHead, head: batch.head, root: batch.root, time: SampleKeys.time(Int64(batches.count)))
    }

    func seal(_ claims: BatchSeal.Claims, by other: SampleBatch? = nil) throws -> BatchSeal {
        try .sign(claims, by: (other ?? self).keys.record, salt: SampleKeys.salt(1))
    }

    /// The seal at `index` with other claims, signed properly.
    func seal(_ index: Int, _ change: (inout JSONObject) -> Void) throws -> UnverifiedRecord {
        var body = batches[index].seal.record.body
        change(&body)
        return try UnverifiedRecord(decoding: VerifiedRecord.sign(body, type: BatchSeal.type, by: keys.record).bytes)
    }
}
