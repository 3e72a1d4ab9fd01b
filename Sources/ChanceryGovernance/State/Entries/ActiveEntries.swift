internal import ChanceryLedger
public import ChanceryWire

/// The policy that the gate follows.
public struct ActivePolicy: Sendable, Hashable {
    /// The policy's hash.
    public let policy: [UInt8]
    /// How many policies were in force before, and this one.
    public let generation: Int64
    public let from: UTCTime
    public let slot: Int64
    public let proposal: [UInt8]

    var json: JSONValue {
        [
            "from": .string(from.text), "generation": .integer(generation), "policy": .string(Hex.encode(policy)),
            "proposal": .string(Hex.encode(proposal)), "slot": .integer(slot),
        ]
    }
}

/// A secret program that may run.
public struct ActiveProgram: Sendable, Hashable {
    public let terms: ProgramTerms
    /// How often the program was activated.
    public let generation: Int64
    public let from: UTCTime
    public let slot: Int64
    public let proposal: [UInt8]

    var json: JSONValue {
        [
            "from": .string(from.text), "generation": .integer(generation), "policy": .string(Hex.encode(terms.policy)),
            "proposal": .string(Hex.encode(proposal)), "slot": .integer(slot), "version": .string(terms.version),
        ]
    }

    var custodians: JSONValue {
        [
            "custodians": .array(terms.custodians.map { .string($0.text) }), "generation": .integer(generation),
            "threshold": .integer(terms.threshold),
        ]
    }
}
