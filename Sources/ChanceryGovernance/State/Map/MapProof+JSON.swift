internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

extension MapProof {
    /// `{"index","path"}` for presence, `{"above","below"}` of `{"index","key","path","value"}` or null for absence. The
    /// count is not in it: it is part of what the verifier knows.
    public var json: JSONValue {
        switch self {
        case .present(let path): .object(path.members)
        case .absent(let below, let above): ["above": above?.json ?? .null, "below": below?.json ?? .null]
        }
    }

    /// Reads the proof of a map with `count` entries.
    ///
    /// - Throws: `governance.map_proof_malformed`, and what the codec throws.
    public init(_ value: JSONValue, count: UInt64) throws {
        var reader = try RecordReader(value, "map proof")
        if reader.optional("index") != nil {
            self = .present(try InclusionProof(&reader, count))
        } else {
            func neighbour(_ name: String) throws -> Neighbour? {
                let value = try reader.value(name)
                return try value.isNull ? nil : Neighbour(value, count)
            }
            self = .absent(below: try neighbour("below"), above: try neighbour("above"))
        }
        try reader.finish()
    }
}

extension MapProof.Neighbour {
    fileprivate var json: JSONValue {
        var members = path.members
        members["key"] = .string(Hex.encode(key.bytes))
        members["value"] = .string(Hex.encode(valueHash))
        return .object(members)
    }

    fileprivate init(_ value: JSONValue, _ count: UInt64) throws {
        var reader = try RecordReader(value, "neighbour")
        key = MapKey(hash: try reader.hex("key", count: 32))
        valueHash = try reader.hex("value", count: 32)
        path = try InclusionProof(&reader, count)
        try reader.finish()
    }
}

extension InclusionProof {
    fileprivate var members: JSONObject {
        [
            // Far below 2^53: a map holds fewer entries than memory has bytes.
            "index": .integer(Int64(clamping: index)), "path": .array(path.map { .string(Hex.encode($0.bytes)) }),
        ]
    }

    fileprivate init(_ reader: inout RecordReader, _ count: UInt64) throws {
        let index = UInt64(try reader.integer("index"))
        var path: [Digest256] = []
        for element in try reader.array("path", limit: 64) {
            guard let hash = try Digest256(Hex.decode(element.string ?? "", count: 32)) else { continue }
            path.append(hash)
        }
        do {
            try self.init(index: index, size: count, path: path)
        } catch {
            throw GovernanceError(.mapProofMalformed, error.detail)
        }
    }
}
