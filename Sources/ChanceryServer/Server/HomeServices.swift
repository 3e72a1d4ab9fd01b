internal import ChanceryLedger
public import ChanceryNode
internal import NIOPosix
internal import Synchronization

/// What the routes of a home work with. Calls that wait for the disk run on threads of their own.
public final class HomeServices: Sendable {
    let store: any RecordStore & RecordIndex
    let log: TransparencyLog
    /// The version of the product.
    let release: String
    private let counted = Mutex<(size: UInt64, statistics: StoreStatistics)?>(nil)

    public init(store: any RecordStore & RecordIndex, log: TransparencyLog, release: String) {
        self.store = store
        self.log = log
        self.release = release
    }

    /// Runs `body` where it may wait.
    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await Self.blocking(body)
    }

    /// The counts of the store, taken anew only when it has grown: counting reads everything.
    func statistics() throws -> StoreStatistics {
        let size = try store.frontier().size
        if let known = counted.withLock({ $0 }), known.size == size { return known.statistics }
        let statistics = try store.statistics()
        counted.withLock { $0 = (size, statistics) }
        return statistics
    }
}
