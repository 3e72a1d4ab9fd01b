internal import ChanceryWire

/// Work that stands still in a scope until an UNFREEZE names the proposal that stopped it.
///
/// It acts on its ballot certificate alone, before any block holds it (rule G5): whoever saw one keeps it as a value of
/// this type and passes it to ``GovernanceState``.
public struct Freeze: Sendable, Hashable {
    /// The id of the proposal.
    public let proposal: [UInt8]
    public let scope: Scope
    public let rooms: Set<Room>

    /// What a proposal freezes; nil for one of another kind. Whether it passed is for the caller to know.
    public init?(_ proposal: Proposal) { self.init(proposal.terms) }

    package init?(_ terms: ProposalTerms) {
        guard case .emergencyFreeze(let scope, let rooms, _) = terms.parameters else { return nil }
        proposal = terms.id
        self.scope = scope
        self.rooms = rooms
    }

    /// Whether it stops `room` somewhere in `scope`; without a room, whether it stops any.
    func stops(_ room: Room?, in scope: Scope) -> Bool {
        self.scope.overlaps(scope) && (room.map(rooms.contains) ?? true)
    }

    func json(slot: Int64) -> JSONValue {
        [
            "rooms": .array(rooms.sorted().map { .string($0.rawValue) }), "scope": .string(scope.text), "slot": .integer(slot),
        ]
    }
}
