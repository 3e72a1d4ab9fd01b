public import ChanceryLedger
public import ChanceryWire

/// The name of one entry of a governance state: its table and its key there.
public enum StateKey: Sendable, Hashable {
    case grants(Subject)
    /// All that one agent received.
    case delegations(to: DID)
    /// By the id of the proposal, as the next three.
    case freeze([UInt8])
    case lifted([UInt8])
    case terminal([UInt8])
    case excluded(DID)
    case keyHistory(DID)
    case policy
    /// By the program's hash, as the next.
    case program([UInt8])
    case custodians([UInt8])
    /// The roster before the last change of members.
    case previousRoster

    public var table: String {
        switch self {
        case .grants: "grants"
        case .delegations: "delegations"
        case .freeze: "freezes"
        case .lifted: "lifted"
        case .terminal: "terminal"
        case .excluded: "excluded"
        case .keyHistory: "key-history"
        case .policy: "policy"
        case .program: "programs"
        case .custodians: "custodians"
        case .previousRoster: "previous-roster"
        }
    }

    public var key: JSONValue {
        switch self {
        case .grants(let subject): ["kind": .string(subject.kind), "subject": .string(subject.text)]
        case .delegations(let did), .excluded(let did), .keyHistory(let did): .string(did.text)
        case .freeze(let id), .lifted(let id), .terminal(let id), .program(let id), .custodians(let id):
            .string(Hex.encode(id))
        case .policy, .previousRoster: .null
        }
    }
}
