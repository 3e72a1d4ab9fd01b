public import ChanceryWire

/// A key as the ledger knows it now.
public struct KeyRecord: Sendable, Equatable {
    public let statement: KeyStatement
    public internal(set) var state: KeyState
    /// The root under which the seed is wrapped; nil for roots and session keys.
    public internal(set) var parent: VaultKeyID?
    /// The key that replaced it.
    public internal(set) var successor: VaultKeyID?
    /// When the overlap after its replacement ends.
    public internal(set) var overlapEnds: UTCTime?
    /// Since when somebody else may have it. Stays after destruction.
    public internal(set) var compromised: UTCTime?

    public var id: VaultKeyID { statement.id }
    public var kind: VaultKeyKind { statement.kind }
    public var algorithm: VaultKeyAlgorithm { statement.algorithm }

    init(_ statement: KeyStatement, parent: VaultKeyID?) {
        self.statement = statement
        self.parent = parent
        state = .preActive
    }

    /// For inventories.
    public var json: JSONValue {
        func text(_ time: UTCTime?) -> JSONValue { time.map { .string($0.text) } ?? .null }
        var object = statement.json.object ?? JSONObject()
        object["compromised"] = text(compromised)
        object["kind"] = .string(kind.rawValue)
        object["overlap_ends"] = text(overlapEnds)
        object["parent"] = parent.map { .string($0.text) } ?? .null
        object["state"] = .string(state.rawValue)
        object["successor"] = successor.map { .string($0.text) } ?? .null
        return .object(object)
    }
}
