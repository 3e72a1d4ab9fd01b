internal import ChanceryLedger
internal import ChanceryServer
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

    private var members: JSONObject { SessionBody.json(state) }

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

    private var phase: String { SessionBody.phase(of: state) }

    private func name(_ did: DID) -> String { SessionBody.name(did, in: state) }
}
