internal import ChanceryAPI
package import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
package import ChanceryWire

/// What the routes answer that sign for agents.
enum DeskBody {
    static func json(_ receipt: StampReceipt) -> JSONValue {
        [
            "agent_id": .string(receipt.agentID), "hash": .string(receipt.hash),
            "position": .integer(Int64(clamping: receipt.position)), "sequence": .integer(Int64(receipt.sequence)),
        ]
    }

    static let receipt = Schema.object([
        ("agent_id", .string()), ("hash", .string()), ("position", .count), ("sequence", .count),
    ])

    static func json(_ page: ChainPage) -> JSONValue {
        [
            "agent_id": .string(page.agentID), "chain": page.state.map { ChainBody.json(page.agentID, $0) } ?? .null,
            "events": .array(page.events.map(content)),
            "next": page.isLast ? .null : page.events.last?.sequence.map { .integer(Int64($0)) } ?? .null,
            "seals": .array(page.seals.map(content)),
        ]
    }

    /// A signed object as it stands; as text where it is not in the form in which it would be written again.
    private static func content(_ record: StoredRecord) -> JSONValue {
        let limits = JSONParser.Limits(bytes: 1 << 21, depth: 80)
        guard let value = try? JSONParser.parse(record.bytes, limits: limits),
            (try? CanonicalForm.jcs.encode(value)) == record.bytes
        else { return .string(String(decoding: record.bytes, as: UTF8.self)) }
        return value
    }

    static func json(_ handshake: Handshake) -> JSONValue {
        [
            "capabilities": .array(handshake.capabilities.names.map { .string($0) }),
            "expires": .string(handshake.terms.expires.text), "handshake": .string(Hex.encode(handshake.record.id)),
            "initiator": .string(handshake.initiator.did.text), "responder": .string(handshake.responder.did.text),
            "session": .string(handshake.terms.session.description),
        ]
    }

    static func json(_ step: SessionStep, in session: SessionID) -> JSONValue {
        [
            "counter": .integer(step.counter), "event_type": .string(step.eventType),
            "interaction_hash": .string(Hex.encode(step.record.id)),
            "payload": step.payload.map { .object($0) } ?? .null, "session": .string(session.description),
            "time": .string(step.time.text),
        ]
    }

    static let step = Schema.object([
        ("counter", .count), ("event_type", .string()), ("interaction_hash", .hex(32)), ("payload", .any),
        ("session", .hex(16)), ("time", .time()),
    ])
}

/// A session without its steps: the same from a route and from `chancery session`.
package enum SessionBody {
    package static func json(_ state: SessionState) -> JSONObject {
        let start = state.start
        return [
            "ended_by": state.end.map { .string(name($0.by, in: state)) } ?? .null,
            "expires": .string(start.expires.text), "handshakes": .integer(Int64(state.handshakes.count)),
            "head": .string(Hex.encode(state.head)),
            "members": .array(
                start.members.map {
                    ["did": .string($0.agent.did.text), "name": .string($0.name), "role": .string($0.role)]
                }),
            "phase": .string(phase(of: state)), "session": .string(start.session.description),
            "started": .string(start.time.text), "steps_count": .integer(Int64(state.steps.count)),
        ]
    }

    package static func name(_ did: DID, in state: SessionState) -> String {
        state.start.members.first { $0.agent.did == did }?.name ?? did.text
    }

    package static func phase(of state: SessionState) -> String {
        switch state.phase {
        case .shakingHands: "shaking hands"
        case .open: "open"
        case .ended: "ended"
        case .sealed: "sealed"
        }
    }

    static let schema = Schema.object([
        ("ended_by", .string(isOptional: true)), ("expires", .time()), ("handshakes", .count), ("head", .string()),
        ("members", .array(.object([("did", .string()), ("name", .string()), ("role", .string())]), limit: 16)),
        ("phase", .string(values: ["shaking hands", "open", "ended", "sealed"])), ("session", .hex(16)),
        ("started", .time()), ("steps_count", .count),
    ])
}
