import ChanceryLedger
import ChanceryNode
import Synchronization

/// The files of a log, until the process dies at the `at`-th write: before it, or right after it.
final class CrashingLogFiles: LogFiles {
    struct Crash: Error {}

    private struct State {
        var writes = 0
        var signed: [[UInt8]] = []
    }
    private let files: any LogFiles
    private let limit: Int
    private let isActing: Bool
    private let state = Mutex(State())

    init(_ files: any LogFiles, at limit: Int = .max, acting: Bool = false) {
        self.files = files
        self.limit = limit
        isActing = acting
    }

    var writes: Int { state.withLock { $0.writes } }
    var hasCrashed: Bool { writes > limit }
    /// Every checkpoint that was handed over for publication, also by the write that failed.
    var signed: [[UInt8]] { state.withLock { $0.signed } }

    private func write(_ body: () throws -> Void) throws {
        let number = state.withLock { state in
            state.writes += 1
            return state.writes - 1
        }
        guard number >= limit else { return try body() }
        if number == limit, isActing { try body() }
        throw Crash()
    }

    func exclusively<Value>(_ body: () throws -> Value) throws -> Value { try files.exclusively(body) }
    func read(_ name: LogFile) throws -> [UInt8]? { try files.read(name) }
    func tile(_ coordinate: TileCoordinate) throws -> [UInt8] { try files.tile(coordinate) }
    func tiles() throws -> [String] { try files.tiles() }
    func marks(of origin: String?, store: StoreID) throws -> [StoredMark] { try files.marks(of: origin, store: store) }

    func write(_ bytes: [UInt8], as name: LogFile) throws {
        if name == .checkpoint { state.withLock { $0.signed.append(bytes) } }
        try write { try files.write(bytes, as: name) }
    }
    func write(_ tile: TileFile) throws { try write { try files.write(tile) } }
    func retire(_ marks: [StoredMark]) throws { try write { try files.retire(marks) } }
    func setMark(_ mark: HighWaterMark) throws { try write { try files.setMark(mark) } }
}
