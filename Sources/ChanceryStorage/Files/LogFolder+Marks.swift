internal import ChanceryLedger
public import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// One file for each log of each store, `<origin>-<store>.json`: the first 16 bytes of SHA-256(origin) and the store's
/// id in hex. So it is known of a damaged one whose it was.
extension LogFolder {
    public func marks(of origin: String?, store: StoreID) throws -> [StoredMark] {
        try AtomicFile.contents(ofFolder: highWaterRoot).compactMap { file in
            guard let name = MarkName(file), name.store == store || name.origin == origin.map(MarkName.hash) else { return nil }
            let path = "\(highWaterRoot)/\(file)"
            return StoredMark(path: path, content: Result { try Self.mark(at: path, name) })
        }
    }

    private static func mark(at path: String, _ name: MarkName) throws -> HighWaterMark {
        var reader = try RecordReader(JSONParser.parse(AtomicFile.read(path, limit: 4096)), "high-water mark")
        let size = UInt64(try reader.integer("size", in: 0...(1 << 53 - 1)))
        let generation = try reader.integer("generation", in: 0...(1 << 53 - 1))
        let origin = try reader.string("origin", limit: 1024)
        guard let root = Digest256(try reader.hex("root", count: 32)),
            let store = StoreID(try reader.hex("store", count: StoreID.byteCount)),
            MarkName(origin: MarkName.hash(origin), store: store) == name
        else { throw NodeError(.storeCorrupt, "the mark is of another log or store than its name says") }
        try reader.finish()
        return HighWaterMark(origin: origin, store: store, head: try TreeHead(size: size, root: root), generation: generation)
    }

    public func setMark(_ mark: HighWaterMark) throws {
        try AtomicFile.makeFolder(highWaterRoot)
        let value: JSONValue = [
            "generation": .integer(mark.generation), "origin": .string(mark.origin),
            "root": .string(Hex.encode(mark.head.root.bytes)), "size": .integer(Int64(clamping: mark.head.size)),
            "store": .string(mark.store.description),
        ]
        let name = MarkName(origin: MarkName.hash(mark.origin), store: mark.store)
        try AtomicFile.write(CanonicalForm.jcs.encode(value), to: "\(highWaterRoot)/\(name.file)", replacing: true)
    }
}

/// The name of a mark's file.
private struct MarkName: Equatable {
    let origin: [UInt8]
    let store: StoreID

    static func hash(_ origin: String) -> [UInt8] { Array(Digest.sha256(Array(origin.utf8)).prefix(16)) }

    init(origin: [UInt8], store: StoreID) {
        self.origin = origin
        self.store = store
    }

    /// Nil for a file that is no mark.
    init?(_ file: String) {
        guard file.hasSuffix(".json") else { return nil }
        let parts = file.dropLast(".json".count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let origin = try? Hex.decode(String(parts[0]), count: 16),
            let store = (try? Hex.decode(String(parts[1]), count: StoreID.byteCount)).flatMap({ StoreID($0) })
        else { return nil }
        self.init(origin: origin, store: store)
    }

    var file: String { "\(Hex.encode(origin))-\(store).json" }
}
