internal import ChanceryLedger
public import ChanceryWire

/// What a governance state says about one key, for whoever knows its root: a value or its absence.
///
/// `{"key","path","root","table","type","value"}`; `value` is null for absence, `root` what the state root commits to.
public struct StateProof: Sendable, Equatable {
    public static let type = "chancery/state-proof/v1"

    public let table: String
    public let key: JSONValue
    /// nil shows that there is no such entry.
    public let value: JSONValue?
    public let root: StateRoot
    public let path: MapProof

    init(_ key: StateKey, value: JSONValue?, root: StateRoot, path: MapProof) {
        table = key.table
        self.key = key.key
        self.value = value
        self.root = root
        self.path = path
    }

    /// What the state with `stateRoot` has under `expected`; nil when it is shown to have nothing. Needs no network and no
    /// store. Whether that root was decided, and is the latest, is for the caller to know.
    ///
    /// - Throws: `governance.map_proof_false` for another root, key or value.
    public func verify(_ expected: StateKey, stateRoot: [UInt8]) throws -> JSONValue? {
        guard try root.hash == stateRoot else {
            throw GovernanceError(.mapProofFalse, "the proof is for another state")
        }
        guard table.utf8.elementsEqual(expected.table.utf8), key == expected.key else {
            throw GovernanceError(.mapProofFalse, "the proof is about another entry")
        }
        let bytes = try value.map { try CanonicalForm.jcs.encode($0) }
        try path.verify(MapKey(table: table, key), bytes, head: root.map)
        return value
    }

    public var bytes: [UInt8] {
        get throws(WireError) {
            let document: JSONValue = [
                "key": key, "path": path.json, "root": .object(root.json), "table": .string(table),
                "type": .string(Self.type), "value": value ?? .null,
            ]
            return try CanonicalForm.jcs.encode(document)
        }
    }

    /// Reads a proof strictly.
    ///
    /// - Throws: `governance.map_proof_malformed`, `wire.not_canonical`, and what the codec throws.
    public init(decoding bytes: [UInt8], limit: Int = 16 << 20) throws {
        let document = try JSONParser.parse(bytes, limits: .init(bytes: limit, depth: 16))
        guard try CanonicalForm.jcs.encode(document) == bytes else {
            throw WireError(.notCanonical, "the proof is not in canonical form")
        }
        var reader = try RecordReader(document, "state proof")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.mapProofMalformed, "the document is no `\(Self.type)`")
        }
        table = try reader.string("table", limit: 64)
        key = try reader.value("key")
        let value = try reader.value("value")
        // Written out: a bare `nil` would be JSON's null here.
        self.value = value.isNull ? JSONValue?.none : value
        root = try StateRoot(reader.value("root"))
        path = try MapProof(reader.value("path"), count: root.map.size)
        try reader.finish()
    }
}
