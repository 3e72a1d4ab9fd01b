import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire
import Foundation
import Synchronization

/// A home on disk that lasts as long as this value: the same store, folders and settings as those of a user.
final class BenchHome: Sendable {
    let store: SQLiteStore
    let registry: IdentityRegistry
    let keeper: IdentityKeeper
    let ledger: AgentLedger
    let log: TransparencyLog
    private let path: String
    private let clock: BenchClock

    /// Makes the home in a folder of its own inside `folder`.
    init(in folder: String) throws {
        path = "\(folder)/chancery-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let clock = BenchClock()
        let now: @Sendable () -> UTCTime = { clock.now() }
        self.clock = clock
        store = try SQLiteStore(path: "\(path)/ledger.sqlite")
        registry = IdentityRegistry(store: store)
        keeper = IdentityKeeper(files: IdentityFolder(path: "\(path)/identities"), registry: registry, now: now)
        ledger = AgentLedger(store: store, registry: registry, now: now)
        let files = LogFolder(path: "\(path)/log", privatePath: "\(path)/private", highWaterPath: "\(path)/state")
        log = TransparencyLog(store: store, files: files, now: now)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Where a file of the benchmark itself goes; it lasts as long as the home.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    func identity(_ name: String) throws -> OpenIdentity {
        let name = try IdentityName(name)
        _ = try keeper.create(name, protection: .unencrypted)
        return try keeper.open(name, .unencrypted)
    }

    var now: UTCTime { clock.now() }

    /// The home's clock for whoever may outlive it: who holds the home keeps its files.
    var time: @Sendable () -> UTCTime { { [clock] in clock.now() } }

    /// Lets the home's clock run ahead, so that records spread over time.
    func advance(bySeconds seconds: Int64) { clock.advance(bySeconds: seconds) }
}

/// A clock that stands still between steps, so that a run's records are the same in every run.
private final class BenchClock: Sendable {
    private let time = Mutex(UTCTime(seconds: 1_790_000_000))

    func now() -> UTCTime { time.withLock { $0 } }
    func advance(bySeconds seconds: Int64) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}
