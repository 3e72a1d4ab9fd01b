internal import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// A record of the log: its exact bytes, its place, and the path from there to the root of the checkpoint.
public struct EvidenceRecord: Sendable, Equatable {
    /// Where a batch event stands under its seal.
    public struct Place: Sendable, Equatable {
        /// The position of the seal's record.
        public let seal: UInt64
        /// The event's place in its chain.
        public let sequence: Int
        public let path: [Digest256]

        public init(seal: UInt64, sequence: Int, path: [Digest256]) {
            self.seal = seal
            self.sequence = sequence
            self.path = path
        }
    }

    public let kind: String
    public let bytes: [UInt8]
    public let position: UInt64
    public let path: [Digest256]
    /// Of a batch event, and of nothing else.
    public let place: Place?

    public init(kind: String, bytes: [UInt8], position: UInt64, path: [Digest256], place: Place? = nil) {
        self.kind = kind
        self.bytes = bytes
        self.position = position
        self.path = path
        self.place = place
    }

    var json: JSONValue {
        var object: JSONObject = [
            "kind": .string(kind), "path": Self.json(path), "position": .integer(Int64(clamping: position)),
            "text": .string(String(decoding: bytes, as: UTF8.self)),
        ]
        object["seal"] = place.map {
            [
                "path": Self.json($0.path), "position": .integer(Int64(clamping: $0.seal)),
                "sequence": .integer(Int64($0.sequence)),
            ]
        }
        return .object(object)
    }

    private static func json(_ path: [Digest256]) -> JSONValue { .array(path.map { .string(Hex.encode($0.bytes)) }) }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "record")
        kind = try reader.string("kind", limit: 255)
        bytes = Array(try reader.string("text", limit: Evidence.maximumBytes).utf8)
        position = UInt64(try reader.integer("position"))
        path = try Self.path(&reader)
        if let value = reader.optional("seal") {
            var seal = try RecordReader(value, "seal")
            place = Place(
                seal: UInt64(try seal.integer("position")), sequence: Int(try seal.integer("sequence", in: 0...(1 << 48))),
                path: try Self.path(&seal))
            try seal.finish()
        } else {
            place = nil
        }
        try reader.finish()
    }

    private static func path(_ reader: inout RecordReader) throws -> [Digest256] {
        try reader.array("path", limit: 64).map { element in
            guard let text = element.string, let digest = Digest256(try Hex.decode(text, count: 32)) else {
                throw WireError(.wrongType, "a path holds hashes")
            }
            return digest
        }
    }
}
