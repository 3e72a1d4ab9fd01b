internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The event that a member's chain carries for something that happened in a session.
///
/// For a step its payload is the disclosed payload of the step plus the members named here. So the chain of the author
/// keeps the payload, and the record of the step keeps only its hash.
enum SessionEvent {
    static let startType = "session_start"
    static let endType = "session_end"

    /// Names that a disclosed payload cannot have.
    private static let reserved = ["event_type", "interaction_hash", "my_role", "peer_agent_id", "session_id"]

    static func start(_ start: SessionStart, for member: SessionStart.Member) -> JSONObject {
        [
            "event_type": .string(startType),
            "interaction_hash": .string(Hex.encode(start.record.id)),
            "my_role": .string(member.role),
            "participants": .array(start.members.map { .string($0.agent.did.text) }),
            "session_id": .string(start.session.description),
        ]
    }

    static func end(_ end: SessionEnd, of session: SessionID) -> JSONObject {
        [
            "event_type": .string(endType),
            "interaction_hash": .string(Hex.encode(end.record.id)),
            "session_id": .string(session.description),
        ]
    }

    /// - Throws: `ledger.payload_collision` when the payload uses one of the reserved names.
    static func step(
        _ step: SessionStep, in session: SessionID, payload: JSONObject, role: String, peer: IdentityDocument?
    ) throws -> JSONObject {
        if let name = reserved.first(where: { payload[$0] != nil }) {
            throw LedgerError(.payloadCollision, "`\(name)` is written by the session itself; call the member something else")
        }
        var event = payload
        event["event_type"] = .string(step.eventType)
        event["interaction_hash"] = .string(Hex.encode(step.record.id))
        event["session_id"] = .string(session.description)
        if let peer {
            event["my_role"] = .string(role)
            event["peer_agent_id"] = .string(peer.agentID.text)
        }
        return event
    }

    /// The step that a stored event is about, and the payload disclosed there; nil for other events.
    static func disclosed(_ record: StoredRecord) -> (interaction: String, payload: JSONObject)? {
        guard record.sequence != nil, let value = try? JSONParser.parse(record.bytes, limits: .init(bytes: 1 << 20, depth: 64)),
            let payload = value["payload"]?.object, let interaction = payload["interaction_hash"]?.string
        else { return nil }
        return (interaction, payload.removing(Set(reserved)))
    }
}
