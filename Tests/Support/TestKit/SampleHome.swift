import ChanceryLedger
public import ChanceryNode
public import ChanceryStorage
import ChancerySuite
public import ChanceryWire
import Synchronization

/// A home in a temporary folder, with a clock that the test turns.
public final class SampleHome: Sendable {
    public let folder: TemporaryFolder
    public let store: SQLiteStore
    public let registry: IdentityRegistry
    public let identities: IdentityFolder
    public let keeper: IdentityKeeper
    public let ledger: AgentLedger
    public let logFiles: LogFolder
    public let log: TransparencyLog
    public let clock: SampleClock

    /// Opens or creates the home in `folder`.
    public init(_ folder: TemporaryFolder = TemporaryFolder(), clock: SampleClock = SampleClock()) throws {
        self.folder = folder
        self.clock = clock
        store = try SQLiteStore(path: folder.path + "/ledger.sqlite")
        registry = IdentityRegistry(store: store)
        identities = IdentityFolder(path: folder.path + "/identities")
        keeper = IdentityKeeper(files: identities, registry: registry, now: clock.now)
        ledger = AgentLedger(store: store, registry: registry, now: clock.now)
        logFiles = LogFolder(
            path: folder.path + "/log", privatePath: folder.path + "/private", highWaterPath: folder.path + "/state")
        log = TransparencyLog(store: store, files: logFiles, now: clock.now)
    }

    /// A new identity with its keys open. The cheapest suite, unencrypted.
    public func identity(_ name: String = "alice") throws -> OpenIdentity {
        let name = try IdentityName(name)
        _ = try keeper.create(name, suite: .mlDSA65, protection: .unencrypted)
        return try keeper.open(name, .unencrypted)
    }

    public func audit() throws -> LogAudit.Report { try LogAudit.run(store: store, log: log) }
}

/// A clock that stands still until it is turned.
public final class SampleClock: Sendable {
    private let seconds = Mutex<Int64>(0)

    public init() {}

    public var now: @Sendable () -> UTCTime { { SampleKeys.time(self.seconds.withLock { $0 }) } }

    /// May go back.
    public func turn(by amount: Int64) { seconds.withLock { $0 += amount } }
}

/// The mark of a chain of usage, in memory.
public final class SampleMark: UsageMarkFile {
    private let bytes = Mutex<[UInt8]?>(nil)

    public init() {}

    public func read() throws -> [UInt8]? { bytes.withLock { $0 } }
    public func write(_ new: [UInt8]) throws { bytes.withLock { $0 = new } }
}

/// `count` small payloads.
public func samplePayloads(_ count: Int, from start: Int = 0) -> [JSONObject] {
    (start..<start + count).map {
        JSONObject([.init(name: "event_type", value: "step"), .init(name: "value", value: .integer(Int64($0)))])
    }
}
