internal import ChanceryGate
internal import ChanceryVault
internal import ChanceryWire

/// Events that a room of the house writes into its own chain, and nobody else anywhere.
enum RoomEvent: String, CaseIterable {
    case apiKey = "apikey_"
    case gate = "gate_"
    case vault = "vault_"

    /// What the identity of the room is called.
    private var identity: String {
        switch self {
        case .apiKey: "api"
        case .gate: "gate"
        case .vault: "vault"
        }
    }

    /// What a room of this version writes.
    private static let types = GateEvent.eventTypes.union(VaultEvent.eventTypes).union([UsageRecord.eventType])

    /// Whether an event of this payload is one of the room's. What else stands in its chain, because somebody stamped with the
    /// room's keys, says nothing about it.
    func isOne(_ payload: JSONObject) -> Bool {
        payload["event_type"]?.string?.utf8.starts(with: rawValue.utf8) ?? false
    }

    /// Whether nobody may stamp this payload as the identity of this name. A room takes whatever begins like its own for its own,
    /// so that it never passes over what a later version wrote; other chains it does not read.
    static func isReserved(_ payload: JSONObject, to name: String) -> Bool {
        if let type = payload["event_type"]?.string, types.contains(type) { return true }
        return isRoom(name) && allCases.contains { $0.isOne(payload) }
    }

    /// Whether a room of the house signs under this name.
    static func isRoom(_ name: String) -> Bool { allCases.contains { $0.identity.utf8.elementsEqual(name.utf8) } }
}
