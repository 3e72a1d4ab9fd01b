/// What the scores ask of an event's type.
enum EventKind: Sendable {
    /// A handshake, message or outside contact: counts towards verified interactions.
    case contact
    /// A request or response: counts among peers, not towards verified interactions.
    case exchange
    case rotation
    /// A beginning, which needs no timestamp.
    case start
    case other

    /// Source: reference 3.1 (V, F) and 3.3.
    init(_ type: String) {
        // ASCII words: no other text is canonically equivalent to them.
        switch type {
        case "a2a_handshake", "a2a_message", "a2a_handshake_complete", "external_interaction": self = .contact
        case "a2a_request", "a2a_response": self = .exchange
        case "key_rotation": self = .rotation
        case "genesis", "identity_created": self = .start
        default: self = .other
        }
    }

    var isInteraction: Bool { self == .contact || self == .exchange }
}
