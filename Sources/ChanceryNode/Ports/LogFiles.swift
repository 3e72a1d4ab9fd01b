public import ChanceryLedger

/// The published files of a log and what must survive beside them.
///
/// Promise: writes are whole and durable on return. A full tile is immutable: writing other bytes over one throws
/// `store.corrupt`. The high-water mark lies outside the home, so restoring the home does not restore it (rule L5).
public protocol LogFiles: LogTileReader, Sendable {
    /// Runs `body` while no other process signs for this log.
    func exclusively<Value>(_ body: () throws -> Value) throws -> Value

    /// The file called `name` in the log's folder; nil when there is none.
    func read(_ name: LogFile) throws -> [UInt8]?
    func write(_ bytes: [UInt8], as name: LogFile) throws

    func write(_ tile: TileFile) throws

    /// Sets the checkpoint, the tiles and the keys aside, for a log that continues under a new origin.
    func retire() throws

    /// The latest intent to sign for `origin`.
    func highWater(of origin: String) throws -> TreeHead?
    func setHighWater(_ head: TreeHead, of origin: String) throws
}

/// The files of a log besides its tiles.
public enum LogFile: String, Sendable, CaseIterable {
    /// The latest signed checkpoint.
    case checkpoint
    /// The two verifier keys, one a line.
    case verifierKeys = "vkeys"
    /// The private keys; never published.
    case keyFile = "log.key"
}

/// A number in the store that only grows: whoever raised it last may publish (rule L4).
public protocol SigningFence: Sendable {
    /// Raises the generation and returns it.
    func advanceGeneration() throws -> Int64
    func generation() throws -> Int64
}
