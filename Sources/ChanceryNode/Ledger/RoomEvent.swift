internal import ChanceryWire

/// Events that a room of the house writes into its own chain, and nobody else anywhere.
enum RoomEvent: String, CaseIterable {
    case apiKey = "apikey_"
    case gate = "gate_"
    case vault = "vault_"

    /// Whether an event of this payload is one of the room's. What else stands in its chain, because somebody stamped with the
    /// room's keys, says nothing about it.
    func isOne(_ payload: JSONObject) -> Bool {
        payload["event_type"]?.string?.utf8.starts(with: rawValue.utf8) ?? false
    }

    static func isOne(_ payload: JSONObject) -> Bool { allCases.contains { $0.isOne(payload) } }
}
