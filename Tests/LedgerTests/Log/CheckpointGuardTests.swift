import ChanceryLedger
import ChancerySuite
import Testing

struct CheckpointGuardTests {
    private let log: SampleLog
    private let origin: NoteName

    init() throws {
        log = try SampleLog(sizes: [40])
        origin = try NoteName("log.example")
    }

    private func head(_ size: Int) throws -> TreeHead {
        try TreeHead(size: UInt64(size), root: MerkleTree.root(of: Array(log.leaves[..<size])))
    }

    private func forged(_ size: Int) throws -> TreeHead {
        try TreeHead(size: UInt64(size), root: MerkleTree.leafHash([0xff]))
    }

    private func proof(_ old: UInt64, _ new: UInt64) throws -> ConsistencyProof {
        var tree = try log.tree()
        return try tree.consistencyProof(from: old, to: new)
    }

    private func code(_ step: CheckpointGuard.Step) -> String? {
        if case .refuse(let error) = step { error.code } else { nil }
    }

    @Test func `a growing log signs after each recorded intent`() throws {
        var checkpoints = CheckpointGuard(origin: origin, published: nil, highWater: nil)
        for size in [0, 1, 7, 7, 40] {
            #expect(try checkpoints.propose(head(size), proof: proof) == .recordIntent(head(size)))
            guard case .sign(let permit) = checkpoints.intentRecorded() else { throw LedgerError(.logRollback, "no permit") }
            #expect(try permit.checkpoint == Checkpoint(origin: origin, head: head(size)))
            #expect(checkpoints.published() == .done)
            #expect(try checkpoints.latest == head(size))
        }
    }

    @Test func `a restored backup is refused by the checkpoint and by the high-water file alone`() throws {
        for (published, highWater) in [(30, nil), (nil, 30), (30, 20), (20, 30)] as [(Int?, Int?)] {
            var checkpoints = CheckpointGuard(
                origin: origin, published: try published.map(head), highWater: try highWater.map(head))
            #expect(try code(checkpoints.propose(head(29), proof: proof)) == "ledger.log_rollback")
            #expect(try code(checkpoints.propose(head(40), proof: proof)) == "ledger.log_rollback", "a refusal is final")
            #expect(code(checkpoints.intentRecorded()) == "ledger.log_rollback")
        }
        var witnessed = CheckpointGuard(origin: origin, published: nil, highWater: nil, witnessed: [try head(30)])
        #expect(try code(witnessed.propose(head(29), proof: proof)) == "ledger.log_rollback")
    }

    @Test func `a rewritten log is refused at the same size and beyond`() throws {
        for size in [30, 40] {
            var checkpoints = CheckpointGuard(origin: origin, published: try forged(30), highWater: nil)
            #expect(try code(checkpoints.propose(head(size), proof: proof)) == "ledger.log_inconsistent")
        }
        var both = CheckpointGuard(origin: origin, published: try head(20), highWater: try forged(30))
        #expect(try code(both.propose(head(40), proof: proof)) == "ledger.log_inconsistent")
        var smaller = CheckpointGuard(origin: origin, published: try forged(20), highWater: try head(30))
        #expect(try code(smaller.propose(head(40), proof: proof)) == "ledger.log_inconsistent")
    }

    @Test func `a proof for other sizes does not help`() throws {
        var checkpoints = CheckpointGuard(origin: origin, published: try head(20), highWater: nil)
        let step = try checkpoints.propose(head(40)) { _, _ in try proof(10, 40) }
        #expect(code(step) == "ledger.log_inconsistent")
    }

    @Test func `steps out of order give no permit`() throws {
        var checkpoints = CheckpointGuard(origin: origin, published: nil, highWater: nil)
        #expect(checkpoints.intentRecorded() == .outOfOrder)
        #expect(checkpoints.published() == .outOfOrder)
        _ = try checkpoints.propose(head(5), proof: proof)
        #expect(checkpoints.published() == .outOfOrder)
        _ = checkpoints.intentRecorded()
        #expect(checkpoints.intentRecorded() == .outOfOrder)
    }

    @Test func `after a failed write the next tree must continue the unfinished one`() throws {
        for permits in [false, true] {
            for (next, refused) in [(40, false), (5, false), (4, true)] {
                var checkpoints = CheckpointGuard(origin: origin, published: try head(3), highWater: nil)
                _ = try checkpoints.propose(head(5), proof: proof)
                if permits { _ = checkpoints.intentRecorded() }
                #expect(try (code(checkpoints.propose(head(next), proof: proof)) == "ledger.log_rollback") == refused)
            }
        }
    }

    @Test func `an unreadable store is not a refusal`() throws {
        struct Unreadable: Error {}
        var checkpoints = CheckpointGuard(origin: origin, published: try head(20), highWater: nil)
        #expect(throws: Unreadable.self) { try checkpoints.propose(head(40)) { _, _ in throw Unreadable() } }
        #expect(try checkpoints.propose(head(40), proof: proof) == .recordIntent(head(40)))
    }
}
