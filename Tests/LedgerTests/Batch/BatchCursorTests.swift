import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct BatchCursorTests {
    private let keys: IdentityKeys
    private let identity: IdentityDocument

    init() throws {
        keys = try SampleKeys.keys(1)
        identity = try SampleKeys.document(1)
    }

    private func batch(after cursor: BatchCursor, _ payloads: [JSONObject], at time: Int64) throws -> (BatchSeal, [BatchEvent])
    {
        var batch = Batch(agentID: identity.agentID, firstSequence: cursor.count, head: cursor.head)
        for (index, payload) in payloads.enumerated() {
            try batch.add(payload, timestamp: time, nonce: "\(cursor.count + index)-\(time)")
        }
        let claims = BatchSeal.Claims(
            did: identity.did, agentID: identity.agentID, identity: identity.hash, genesis: cursor.genesis,
            batch: cursor.seal.map { $0.claims.batch + 1 } ?? 0, previousSeal: cursor.seal?.id,
            firstSequence: batch.firstSequence, count: batch.count, previousHead: batch.previousHead, head: batch.head,
            root: batch.root, time: SampleKeys.time(0))
        return (try BatchSeal.sign(claims, by: keys.record, salt: Array(repeating: 7, count: 16)), batch.events)
    }

    private func refusal(_ first: [JSONObject], _ second: [JSONObject], times: (Int64, Int64) = (9, 9)) throws -> String? {
        var cursor = BatchCursor(identity)
        let one = try batch(after: cursor, first, at: times.0)
        if let refused = code(of: { try cursor.append(one.0, one.1) }) { return refused }
        let two = try batch(after: cursor, second, at: times.1)
        return code { try cursor.append(two.0, two.1) }
    }

    @Test func `time does not go back from one seal to the next`() throws {
        #expect(try refusal([["a": 1]], [["a": 2]], times: (9, 9)) == nil)
        #expect(try refusal([["a": 1]], [["a": 2]], times: (9, 8)) == "ledger.time_decreases")
    }

    @Test func `a nonce of an earlier seal is not used again`() throws {
        var cursor = BatchCursor(identity)
        let one = try batch(after: cursor, [["a": 1]], at: 9)
        try cursor.append(one.0, one.1)
        var batch = Batch(agentID: identity.agentID, firstSequence: 1, head: cursor.head)
        try batch.add(["a": 2], timestamp: 9, nonce: one.1[0].nonce)
        let claims = BatchSeal.Claims(
            did: identity.did, agentID: identity.agentID, identity: identity.hash, genesis: cursor.genesis, batch: 1,
            previousSeal: one.0.id, firstSequence: 1, count: 1, previousHead: cursor.head, head: batch.head,
            root: batch.root, time: SampleKeys.time(0))
        let seal = try BatchSeal.sign(claims, by: keys.record, salt: Array(repeating: 7, count: 16))
        #expect(code { try cursor.append(seal, batch.events) } == "ledger.nonce_replayed")
        #expect(cursor.count == 1)
    }

    @Test func `a rotation needs its four signatures and ends the chain`() throws {
        let next = try SampleKeys.keys(1, rotations: 1)
        let rotation = try HybridRotation.attest(of: identity.aissIdentity(), from: keys.aiss, to: next.aiss, at: 9)
        #expect(try refusal([["a": 1]], [rotation.eventPayload]) == nil)
        #expect(try refusal([rotation.eventPayload], [["a": 1]]) == "ledger.chain_ended")
        #expect(try refusal([rotation.eventPayload, ["a": 1]], []) == "ledger.chain_ended")
        #expect(try refusal([["event_type": "key_rotation", "attestation": "junk"]], []) == "ledger.rotation_malformed")
    }

    @Test func `a chain of rotated keys starts at the rotation and nowhere else`() throws {
        let hash = String(repeating: "ab", count: 64)
        var anchored = BatchCursor(identity, start: .rotation(hash: hash))
        let one = try batch(after: anchored, [["a": 1]], at: 9)
        try anchored.append(one.0, one.1)
        var plain = BatchCursor(identity)
        #expect(code { try plain.append(one.0, one.1) } == "ledger.genesis_mismatch")
    }
}
