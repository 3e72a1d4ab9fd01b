public import ChanceryWire

/// What a passed AUTHORIZE gives, exactly as it was voted.
public struct Grant: Sendable, Hashable {
    public let scope: Scope
    public let constraints: Constraints
    /// Of an agent; nil for a model.
    public let role: String?
    /// The generation of the subject's entry when it was given: tombstones of later ones take it away.
    public let generation: Int64
    /// The time of the deciding block.
    public let from: UTCTime
    public let slot: Int64
    /// The id of the proposal that passed.
    public let proposal: [UInt8]

    var json: JSONValue {
        [
            "constraints": constraints.json, "from": .string(from.text), "generation": .integer(generation),
            "proposal": .string(Hex.encode(proposal)), "role": role.map { .string($0) } ?? .null,
            "scope": .string(scope.text), "slot": .integer(slot),
        ]
    }
}

extension Grant {
    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "grant")
        try self.init(
            scope: reader.scope(), constraints: Constraints(reader.value("constraints")),
            role: reader.value("role").isNull ? nil : reader.string("role", limit: 64),
            generation: reader.integer("generation"), from: reader.time("from"), slot: reader.integer("slot"),
            proposal: reader.hex("proposal", count: 32))
        try reader.finish()
    }
}

/// The mark of a REVOKE: what was granted before, in this scope or across it, is gone until somebody grants it anew.
public struct Tombstone: Sendable, Hashable {
    public let scope: Scope
    /// The generation that the REVOKE began.
    public let generation: Int64
    public let from: UTCTime
    public let slot: Int64
    public let proposal: [UInt8]

    var json: JSONValue {
        [
            "from": .string(from.text), "generation": .integer(generation), "proposal": .string(Hex.encode(proposal)),
            "scope": .string(scope.text), "slot": .integer(slot),
        ]
    }
}

extension Tombstone {
    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "tombstone")
        try self.init(
            scope: reader.scope(), generation: reader.integer("generation"), from: reader.time("from"),
            slot: reader.integer("slot"), proposal: reader.hex("proposal", count: 32))
        try reader.finish()
    }
}
