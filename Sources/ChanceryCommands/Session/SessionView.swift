internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// How a session is shown.
struct SessionView {
    private let state: SessionState

    init(_ state: SessionState) { self.state = state }

    /// Everything but the steps.
    var summary: JSONValue { .object(members) }

    /// The session with its steps and what they disclose.
    var whole: JSONValue {
        var object = members
        object["steps"] = .array(
            state.steps.map { step in
                [
                    "counter": .integer(step.counter), "event_type": .string(step.eventType),
                    "from": .string(name(step.from)), "interaction_hash": .string(Hex.encode(step.record.id)),
                    "payload": step.payload.map { .object($0) } ?? .null, "time": .string(step.time.text),
                    "to": step.to.map { .string(name($0)) } ?? .null,
                ]
            })
        return .object(object)
    }

    private var members: JSONObject {
        let start = state.start
        return [
            "ended_by": state.end.map { .string(name($0.by)) } ?? .null,
            "expires": .string(start.expires.text),
            "handshakes": .integer(Int64(state.handshakes.count)),
            "head": .string(Hex.encode(state.head)),
            "members": .array(
                start.members.map {
                    [
                        "did": .string($0.agent.did.text), "name": .string($0.name), "role": .string($0.role),
                    ]
                }),
            "phase": .string(phase),
            "session": .string(start.session.description),
            "started": .string(start.time.text),
            "steps_count": .integer(Int64(state.steps.count)),
        ]
    }

    var text: String {
        let start = state.start
        let people = start.members.map { "\($0.name) (\($0.role))" }.joined(separator: ", ")
        return [
            "session  \(start.session)  \(phase)", "  members     \(people)",
            "  started     \(start.time.text) by \(name(start.starter))", "  until       \(start.expires.text)",
            "  handshakes  \(state.handshakes.count), each signed by both",
            "  steps       \(state.steps.count)",
        ].map(Console.printable).joined(separator: "\n")
    }

    /// One line a step.
    var steps: String {
        var table = Table(["n", "time", "from", "to", "type", "payload"])
        for step in state.steps {
            let payload = step.payload.flatMap { try? CanonicalForm.jcs.encode($0) }.map { String(decoding: $0, as: UTF8.self) }
            table.add([
                "\(step.counter)", step.time.text, name(step.from), step.to.map(name) ?? "", step.eventType,
                payload ?? "withheld",
            ])
        }
        return table.text
    }

    private var phase: String {
        switch state.phase {
        case .shakingHands: "shaking hands"
        case .open: "open"
        case .ended: "ended"
        case .sealed: "sealed"
        }
    }

    private func name(_ did: DID) -> String {
        state.start.members.first { $0.agent.did == did }?.name ?? did.text
    }
}
