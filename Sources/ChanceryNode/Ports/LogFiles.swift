public import ChanceryLedger

/// The published files of a log and what must survive beside them.
///
/// Promise: writes are whole and durable on return. A full tile is immutable: writing other bytes over one throws
/// `store.corrupt`. High-water marks lie outside the home, so restoring the home does not restore them (rule L5).
public protocol LogFiles: LogTileReader, Sendable {
    /// Runs `body` while no other process signs for this log.
    func exclusively<Value>(_ body: () throws -> Value) throws -> Value

    /// The file called `name` in the log's folder; nil when there is none.
    func read(_ name: LogFile) throws -> [UInt8]?
    func write(_ bytes: [UInt8], as name: LogFile) throws

    func write(_ tile: TileFile) throws

    /// The paths of everything that is published besides the checkpoint and its keys, whatever it is: tiles, or strays.
    func tiles() throws -> [String]

    /// Sets the checkpoint, the tiles, the keys and `marks` aside, for a log that continues under a new origin.
    func retire(_ marks: [StoredMark]) throws

    /// The marks of the log called `origin`, whichever store it belongs to, and those of `store`, whatever the log's
    /// name was.
    func marks(of origin: String?, store: StoreID) throws -> [StoredMark]

    /// Replaces the mark of the same origin and store.
    func setMark(_ mark: HighWaterMark) throws
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

/// Which store this is, and a number in it that only grows: whoever raised it last may publish (rule L4).
public protocol SigningFence: Sendable {
    func storeID() throws -> StoreID

    /// Raises the generation beyond itself and beyond `known`, and returns it.
    func advanceGeneration(beyond known: Int64) throws -> Int64
    func generation() throws -> Int64
}
