internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

extension ProposalTerms {
    /// A text of exactly what is signed, for the people who vote: one line for each field, in a fixed order, safe on a
    /// terminal. Two proposals that differ in anything have different texts.
    public var rendering: String {
        let head = [
            ("proposal", Hex.encode(id)), ("asks to", summary), ("kind", kind.rawValue),
            ("federation", federation.text), ("roster", Hex.encode(roster)),
        ]
        let tail = [
            ("title", title), ("description", description), ("proposer", proposer.text), ("created", created.text),
            ("not before", notBefore.text), ("expires", expires.text), ("salt", Base64.url.encode(salt)),
        ]
        let lines = head + parameters.lines + basis.lines + tail
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { label, value in
            label + String(repeating: " ", count: width - label.count + 2) + SafeText.escaped(value)
        }.joined(separator: "\n")
    }

    /// One sentence; the lines below it have the details.
    private var summary: String {
        switch parameters {
        case .authorizeModel(_, let scope, _): "authorize a model in \(Self.place(scope))"
        case .revokeModel(_, let scope): "revoke a model in \(Self.place(scope))"
        case .authorizeAgent(_, let role, let scope, _): "authorize an agent as `\(role)` in \(Self.place(scope))"
        case .revokeAgent(_, let scope): "revoke an agent in \(Self.place(scope))"
        case .updatePolicy: "put another policy in force"
        case .addNode(let enrolment, let weight): "add the member `\(enrolment.name)` with weight \(weight)"
        case .removeNode: "remove a member"
        case .emergencyFreeze(let scope, let rooms, _): "stop \(Self.list(rooms)) in \(Self.place(scope))"
        case .unfreeze(let freezes): "lift \(freezes.count == 1 ? "a freeze" : "\(freezes.count) freezes")"
        case .delegation(let terms): "let an agent act for another in \(Self.place(terms.scope))"
        case .rotateKey(let enrolment): "replace the keys of the member `\(enrolment.name)`"
        case .activateProgram(let terms):
            "let a program run on \(terms.threshold) of \(terms.custodians.count) custodians"
        }
    }

    private static func place(_ scope: Scope) -> String { scope == .everything ? "every scope" : "the scope \(scope)" }

    private static func list(_ rooms: Set<Room>) -> String { rooms.sorted().map(\.rawValue).joined(separator: ", ") }
}

extension ProposalParameters {
    /// Each parameter with a name for people.
    fileprivate var lines: [(String, String)] {
        switch self {
        case .authorizeModel(let manifest, let scope, let constraints):
            [("model", Hex.encode(manifest)), ("scope", scope.text)] + constraints.lines
        case .revokeModel(let manifest, let scope): [("model", Hex.encode(manifest)), ("scope", scope.text)]
        case .authorizeAgent(let agent, let role, let scope, let constraints):
            [("agent", agent.text), ("role", role), ("scope", scope.text)] + constraints.lines
        case .revokeAgent(let agent, let scope): [("agent", agent.text), ("scope", scope.text)]
        case .updatePolicy(let policy): [("policy", Hex.encode(policy))]
        case .addNode(let enrolment, let weight): enrolment.lines + [("weight", String(weight))]
        case .removeNode(let member): [("member", member.text)]
        case .emergencyFreeze(let scope, let rooms, let reason):
            [("scope", scope.text), ("rooms", rooms.sorted().map(\.rawValue).joined(separator: ", ")), ("reason", reason)]
        case .unfreeze(let freezes): freezes.map { ("freeze", Hex.encode($0)) }
        case .delegation(let terms):
            [
                ("from agent", terms.delegator.text), ("to agent", terms.delegate.text), ("scope", terms.scope.text),
                ("until", terms.until.text), ("further depth", String(terms.depth)),
            ] + terms.constraints.lines
        case .rotateKey(let enrolment): enrolment.lines
        case .activateProgram(let terms):
            [("program", Hex.encode(terms.program)), ("version", terms.version), ("policy", Hex.encode(terms.policy))]
                + terms.custodians.map { ("custodian", $0.text) } + [("threshold", String(terms.threshold))]
        }
    }
}

extension Constraints {
    fileprivate var lines: [(String, String)] {
        [
            ("environment", environment.map { "`\($0)`" } ?? "any"), ("max rate", maxRateQPS.map { "\($0) a second" } ?? "any"),
            ("not after", notAfter?.text ?? "open"),
        ]
    }
}

extension Enrolment {
    /// Keys by their ids; the id of the record and the hash of the identity stand for proofs and documents.
    fileprivate var lines: [(String, String)] {
        [
            ("member", did.text), ("name", name), ("ballot key", Hex.encode(keys.ballot.id)),
            ("consensus key", Hex.encode(keys.consensus.id)), ("http key", Hex.encode(keys.http.id)),
            ("enrolled", time.text), ("enrolment", Hex.encode(Digest.sha3_256(record.bytes))),
            ("identity", Hex.encode(Digest.sha3_256(identity.flatMap(\.record.bytes)))),
        ]
    }
}

extension Basis {
    fileprivate var lines: [(String, String)] {
        switch self {
        case .none: []
        case .generation(let generation): [("made for", "generation \(generation)")]
        case .delegation(let delegator, let delegate):
            [("made for", "generation \(delegator) of the delegator"), ("and", "generation \(delegate) of the delegate")]
        case .policy(let policy): [("made for", policy.map { "policy \(Hex.encode($0))" } ?? "no policy")]
        case .keys(let keys): [("made for", "keys \(Hex.encode(keys))")]
        }
    }
}
