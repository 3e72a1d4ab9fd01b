internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Where it is kept how far the chain of usage was seen: outside the home, so that restoring the home does not restore it
/// (rule L5).
///
/// Promise: a write replaces the file whole.
public protocol UsageMarkFile: Sendable {
    /// Nil when there is none.
    func read() throws -> [UInt8]?
    func write(_ bytes: [UInt8]) throws
}

/// How far the chain of usage was seen.
struct UsageMark: Equatable {
    static let type = "chancery/usage-mark/v1"

    /// The hash of the identity document whose chain it is, in hex.
    let identity: String
    let count: Int
    /// The hash of the last event.
    let head: String

    init(_ document: IdentityDocument, _ chain: ChainState) {
        identity = Hex.encode(document.hash)
        count = chain.count
        head = chain.head
    }

    init(_ bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 1024, depth: 1)), "mark of usage")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "the file is no mark of usage")
        }
        count = Int(try reader.integer("count", in: 1...CanonicalForm.largestSafeInteger))
        head = try reader.string("head", limit: 128)
        identity = try reader.string("identity", limit: 64)
        try reader.finish()
    }

    var bytes: [UInt8] {
        get throws {
            try CanonicalForm.jcs.encode(
                [
                    "count": .integer(Int64(count)), "head": .string(head), "identity": .string(identity),
                    "type": .string(Self.type),
                ] as JSONValue)
        }
    }

    /// Moves the mark to where the chain is. A mark whose event is not in the store stays: it is what tells of a rollback.
    static func move(
        _ file: some UsageMarkFile, to chain: ChainState, of document: IdentityDocument, in store: some RecordIndex
    ) throws {
        if let bytes = try file.read(), try store.record(id: Hex.decode(UsageMark(bytes).head)) == nil { return }
        try file.write(UsageMark(document, chain).bytes)
    }
}
