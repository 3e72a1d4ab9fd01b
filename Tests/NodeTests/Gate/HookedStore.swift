import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import Dispatch
import Synchronization

/// A store in which the test does something at chosen moments, as another process would.
final class HookedStore: RecordStore, RecordIndex {
    private struct Hooks {
        var append: (@Sendable () throws -> Void)?
        var chain: (@Sendable (_ name: String, _ isBefore: Bool) -> Void)?
        var record: (@Sendable () throws -> Void)?
    }
    private let store: SQLiteStore
    private let hooks = Mutex(Hooks())

    init(_ store: SQLiteStore) { self.store = store }

    /// Runs before every append; what it throws, the append throws.
    func onAppend(_ hook: (@Sendable () throws -> Void)?) { hooks.withLock { $0.append = hook } }

    /// Runs before and after the place of a chain is looked up.
    func onChain(_ hook: (@Sendable (_ name: String, _ isBefore: Bool) -> Void)?) { hooks.withLock { $0.chain = hook } }

    /// Runs before every look at a record by its id; what it throws, the look throws.
    func onRecord(_ hook: (@Sendable () throws -> Void)?) { hooks.withLock { $0.record = hook } }

    func append(_ records: [NewRecord], moving moves: [ChainMove]) throws -> UInt64 {
        try hooks.withLock { $0.append }?()
        return try store.append(records, moving: moves)
    }

    func chain(_ agent: String) throws -> ChainState? {
        let hook = hooks.withLock { $0.chain }
        hook?(agent, true)
        let state = try store.chain(agent)
        hook?(agent, false)
        return state
    }

    func hasNonce(_ nonce: String, of agent: String) throws -> Bool { try store.hasNonce(nonce, of: agent) }
    func frontier() throws -> MerkleFrontier { try store.frontier() }
    func leaves(_ range: Range<UInt64>) throws -> [Digest256] { try store.leaves(range) }
    func records(_ query: RecordQuery) throws -> [StoredRecord] { try store.records(query) }
    func record(id: [UInt8]) throws -> StoredRecord? {
        try hooks.withLock { $0.record }?()
        return try store.record(id: id)
    }

    func statistics() throws -> StoreStatistics { try store.statistics() }
    func chains() throws -> [(agent: String, state: ChainState)] { try store.chains() }
}

/// Lets the next append of a store wait until the test says so.
final class Hold: Sendable {
    private let store: HookedStore
    private let reached = Mutex(false)
    private let released = DispatchSemaphore(value: 0)

    init(_ store: HookedStore) {
        self.store = store
        store.onAppend { [self] in
            store.onAppend(nil)
            reached.withLock { $0 = true }
            released.wait()
        }
    }

    /// Returns once an append waits.
    func isReached() async throws {
        while !reached.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
    }

    func release() { released.signal() }
}
