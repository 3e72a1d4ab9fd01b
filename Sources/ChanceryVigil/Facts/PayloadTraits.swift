public import ChanceryWire

/// What an event says about itself, read from its payload. Claims, not facts: whether a peer's signature or a timestamp
/// holds is for the caller to verify.
///
/// Source: reference 3.1 and 3.3 (member names).
public struct PayloadTraits: Sendable, Equatable {
    /// `event_type`; empty where it is missing or no string.
    public let type: String
    /// `peer_agent_id`, else `peer_id`.
    public let peer: String?
    /// Whether the payload carries `peer_signature`, `verified` or `handshake_complete`.
    public let claimsVerifiedPeer: Bool
    /// Whether a rotation carries `rotation_attestation`, `attestation` or `prev_agent_signature`.
    public let claimsAttestation: Bool

    public init(_ payload: JSONObject) {
        type = payload["event_type"]?.string ?? ""
        peer = ["peer_agent_id", "peer_id"].lazy.compactMap { payload[$0]?.string }.first { !$0.isEmpty }
        claimsVerifiedPeer = ["peer_signature", "verified", "handshake_complete"].contains { payload[$0]?.isSet ?? false }
        claimsAttestation = ["rotation_attestation", "attestation", "prev_agent_signature"].contains {
            payload[$0]?.isSet ?? false
        }
    }

    /// Whether the event is about a peer.
    public var isInteraction: Bool { EventKind(type).isInteraction }
    /// Whether the event rotates a key.
    public var isRotation: Bool { EventKind(type) == .rotation }
}

extension JSONValue {
    /// Whether the reference's language would take the value for true.
    var isSet: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .bigInteger: true
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let object): !object.isEmpty
        }
    }
}
