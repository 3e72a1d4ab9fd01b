public import ChanceryWire

/// What one key alone serves, where its kind demands that.
public enum KeySubject: Sendable, Hashable {
    /// One version of one artifact: a new version has a new key.
    case artifact(ArtifactID, version: Int64)
    /// One connection, by 16 random bytes.
    case connection([UInt8])

    public var json: JSONValue {
        switch self {
        case .artifact(let id, let version): ["artifact": .string(id.text), "version": .integer(version)]
        case .connection(let id): ["connection": .string(Hex.encode(id))]
        }
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "subject of a key")
        if value["connection"] != nil {
            self = .connection(try reader.hex("connection", count: 16))
        } else {
            self = .artifact(
                try ArtifactID(reader.string("artifact", limit: 64)),
                version: try reader.integer("version", in: 1...CanonicalForm.largestSafeInteger))
        }
        try reader.finish()
    }

    /// Whether the version is one that is counted, or the connection has 16 bytes.
    var isWellFormed: Bool {
        switch self {
        case .artifact(_, let version): (1...CanonicalForm.largestSafeInteger).contains(version)
        case .connection(let id): id.count == 16
        }
    }
}
