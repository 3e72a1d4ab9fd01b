public import ChanceryLedger
public import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// A log as static files, to be served as they are: `checkpoint`, `vkeys`, `tile/…`. The key file and the lock lie
/// beside the folder, not in it.
public struct LogFolder: LogFiles {
    private let root: String
    private let privateRoot: String
    let highWaterRoot: String

    /// - Parameters:
    ///   - path: the folder to publish.
    ///   - privatePath: where the log's key file lies.
    ///   - highWaterPath: a folder outside the home and outside its backups.
    public init(path: String, privatePath: String, highWaterPath: String) {
        root = path
        privateRoot = privatePath
        highWaterRoot = highWaterPath
    }

    public func exclusively<Value>(_ body: () throws -> Value) throws -> Value {
        try AtomicFile.makeFolder(privateRoot)
        let lock = try FileLock(privateRoot + "/log.lock")
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    public func read(_ name: LogFile) throws -> [UInt8]? {
        let path = path(name)
        return FileManager.default.fileExists(atPath: path) ? try AtomicFile.read(path, limit: 1 << 20) : nil
    }

    public func write(_ bytes: [UInt8], as name: LogFile) throws {
        try AtomicFile.makeFolder(URL(fileURLWithPath: path(name)).deletingLastPathComponent().path)
        try AtomicFile.write(
            bytes, to: path(name), mode: name == .keyFile ? 0o600 : 0o644, replacing: name != .keyFile)
    }

    public func tile(_ coordinate: TileCoordinate) throws -> [UInt8] {
        do {
            return try AtomicFile.read("\(root)/\(coordinate.path)", limit: 32 << 20)
        } catch let error as NodeError where error.reason == .notFound && !coordinate.isFull {
            // The partial tile may have grown full since.
            let full = try TileCoordinate(coordinate.row, index: coordinate.index, width: TileCoordinate.fullWidth)
            return try AtomicFile.read("\(root)/\(full.path)", limit: 32 << 20)
        }
    }

    public func write(_ tile: TileFile) throws {
        let path = "\(root)/\(tile.coordinate.path)"
        if FileManager.default.fileExists(atPath: path) {
            guard try AtomicFile.read(path, limit: 32 << 20) == tile.bytes else {
                throw NodeError(.storeCorrupt, "`\(tile.coordinate.path)` holds other bytes than the store gives")
            }
            return
        }
        try AtomicFile.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        try AtomicFile.write(tile.bytes, to: path, mode: 0o644, replacing: true)
    }

    public func tiles() throws -> [String] {
        let published = [LogFile.checkpoint.rawValue, LogFile.verifierKeys.rawValue]
        return (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? [])
            // A link is served like what it points to, so it is listed, never followed.
            .filter { !published.contains($0) && !AtomicFile.isTemporary($0) && !AtomicFile.isFolder("\(root)/\($0)") }.sorted()
    }

    public func retire(_ marks: [StoredMark]) throws {
        let suffix = ".retired-\(UInt32.random(in: .min ... .max))"
        // The key file first: without it nothing signs for what still lies in the folder.
        for path in [path(.keyFile), root] + marks.map(\.path) where FileManager.default.fileExists(atPath: path) {
            guard unsafe rename(path, path + suffix) == 0 else { throw AtomicFile.failure("set aside", path) }
            try AtomicFile.syncFolder(of: path)
        }
    }

    private func path(_ name: LogFile) -> String { "\(name == .keyFile ? privateRoot : root)/\(name.rawValue)" }
}
