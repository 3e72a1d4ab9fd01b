import ChanceryLedger
import ChanceryNode
import ChancerySuite
import Synchronization
import TestKit

/// A store whose appends fail on demand.
final class FaultyStore: RecordStore, RecordIndex, SigningFence {
    private struct State {
        var conflicts = 0
        var failure: NodeError?
        var appends = 0
    }
    private let store: any StoreKind.Store
    private let state = Mutex(State())

    init(_ store: any StoreKind.Store) { self.store = store }

    /// So many of the next appends meet another writer.
    var conflicts: Int {
        get { state.withLock { $0.conflicts } }
        set { state.withLock { $0.conflicts = newValue } }
    }
    var failure: NodeError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }
    var appends: Int { state.withLock { $0.appends } }

    func append(_ records: [NewRecord], moving moves: [ChainMove]) throws -> UInt64 {
        try state.withLock { state in
            state.appends += 1
            if let failure = state.failure { throw failure }
            guard state.conflicts == 0 else {
                state.conflicts -= 1
                throw NodeError(.storeConflict, "another writer")
            }
        }
        return try store.append(records, moving: moves)
    }

    func chain(_ agent: String) throws -> ChainState? { try store.chain(agent) }
    func hasNonce(_ nonce: String, of agent: String) throws -> Bool { try store.hasNonce(nonce, of: agent) }
    func frontier() throws -> MerkleFrontier { try store.frontier() }
    func leaves(_ range: Range<UInt64>) throws -> [Digest256] { try store.leaves(range) }
    func records(_ query: RecordQuery) throws -> [StoredRecord] { try store.records(query) }
    func record(id: [UInt8]) throws -> StoredRecord? { try store.record(id: id) }
    func statistics() throws -> StoreStatistics { try store.statistics() }
    func chains() throws -> [(agent: String, state: ChainState)] { try store.chains() }
    func storeID() throws -> StoreID { try store.storeID() }
    func advanceGeneration(beyond known: Int64) throws -> Int64 { try store.advanceGeneration(beyond: known) }
    func generation() throws -> Int64 { try store.generation() }
}
