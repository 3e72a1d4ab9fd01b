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
    private let highWaterRoot: String

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

    public func retire() throws {
        let suffix = ".retired-\(UInt32.random(in: .min ... .max))"
        // The key file first: without it nothing signs for what still lies in the folder.
        for path in [path(.keyFile), root] where FileManager.default.fileExists(atPath: path) {
            guard unsafe rename(path, path + suffix) == 0 else { throw AtomicFile.failure("set aside", path) }
            try AtomicFile.syncFolder(of: path)
        }
    }

    // MARK: the high-water mark

    public func highWater(of origin: String) throws -> TreeHead? {
        let path = highWaterPath(origin)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var reader = try RecordReader(JSONParser.parse(AtomicFile.read(path, limit: 4096)), "high-water mark")
        let size = UInt64(try reader.integer("size"))
        guard let root = Digest256(try reader.hex("root", count: 32)),
            try reader.string("origin", limit: 1024).utf8.elementsEqual(origin.utf8)
        else { throw NodeError(.storeCorrupt, "`\(path)` is damaged") }
        try reader.finish()
        return try TreeHead(size: size, root: root)
    }

    public func setHighWater(_ head: TreeHead, of origin: String) throws {
        try AtomicFile.makeFolder(highWaterRoot)
        let mark: JSONValue = [
            "origin": .string(origin), "root": .string(Hex.encode(head.root.bytes)),
            "size": .integer(Int64(clamping: head.size)),
        ]
        try AtomicFile.write(CanonicalForm.jcs.encode(mark), to: highWaterPath(origin), replacing: true)
    }

    private func highWaterPath(_ origin: String) -> String {
        "\(highWaterRoot)/\(Hex.encode(Digest.sha256(Array(origin.utf8)).prefix(16))).json"
    }

    private func path(_ name: LogFile) -> String { "\(name == .keyFile ? privateRoot : root)/\(name.rawValue)" }
}
