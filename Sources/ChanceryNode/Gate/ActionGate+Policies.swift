public import ChanceryGate
internal import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
public import ChanceryWire

extension ActionGate {
    /// Lets the gate decide by another policy from now on.
    ///
    /// - Parameters:
    ///   - by: who does it, for the record.
    ///   - comment: at most 4,096 bytes.
    /// - Throws: ``PolicyError`` with every finding for a text that does not load, `gate.policy_active` for the one that is
    ///   active, `gate.comment_too_long`, and `gate.policy_not_voted` where a committee exists that did not vote for this very text.
    public func activate(_ text: String, by: String, comment: String) async throws -> PolicyActivation {
        let (policy, voted): (Policy, VotedPolicy?)
        do {
            guard comment.utf8.count <= PolicyActivation.commentBytes, by.utf8.count <= PolicyActivation.nameBytes else {
                throw GateError(.commentTooLong, "a comment has at most \(PolicyActivation.commentBytes) bytes, a name fewer")
            }
            policy = try Policy(parsing: Array(text.utf8), format: .of(text))
            voted = try await authority?.policy()
        } catch {
            try await refuse("policy activate", error, agent: "", caller: by)
        }
        let isGoverned = authority != nil
        let written = try await queue.write(
            .init(name: "policy activate", agent: "", caller: by, decision: nil) { view, time in
                let previous = view.state.policy
                let activation = PolicyActivation(
                    text: text, name: policy.name, version: policy.version, by: by, comment: comment, proposal: voted?.proposal,
                    previous: previous?.hash, time: time)
                guard previous?.hash != activation.hash else {
                    throw GateError(.policyActive, "`\(activation.versionID)` is active already")
                }
                guard !isGoverned || voted?.hash == activation.hash else {
                    throw GateError(
                        .policyNotVoted, "the committee has not put `\(Hex.encode(activation.hash))` in force (UPDATE_POLICY)")
                }
                return .init(.policy(activation))
            })
        guard case .policy(let activation) = written.event else { throw NodeError(.rejected, "no policy was written") }
        return activation
    }

    /// What a policy that is not active would decide now. Nothing is stored, and nothing may be done with the answer.
    ///
    /// - Throws: ``PolicyError`` with every finding for a text that does not load, and `gate.agent_unknown`.
    public func rehearse(
        _ action: GatedAction, for agent: String, by caller: String, under text: String
    ) async throws -> GateDecision {
        let policy = try Policy(parsing: Array(text.utf8), format: .of(text))
        let seen = try await standing(of: agent, asking: nil, by: caller)
        return try journal.read { view in
            let time = now()
            let facts = seen.facts(view.history(of: seen.did.text), labels: action.labels, at: time)
            let verdict = Evaluation.verdict(of: policy, on: action, facts)
            return GateDecision(
                caller: caller, action: action, facts: facts, policy: Digest.sha256(Array(text.utf8)),
                engine: Policy.engine + " " + seen.risk.engine, verdict: verdict,
                question: Question(policy.approval, risk: facts.risk, obligations: verdict.obligations), time: time)
        }
    }

    /// The policy that decides now; nil when none was activated, which denies everything.
    public func activePolicy() throws -> PolicyActivation? { try journal.read { $0.state.policy } }

    /// Every policy that was ever active, newest first.
    ///
    /// - Throws: `gate.policy_altered` when a stored text is not the one that was activated.
    public func activations() throws -> [PolicyActivation] {
        let query = RecordQuery(eventType: PolicyActivation.eventType, limit: 10_000, newestFirst: true)
        return try journal.records(query).map { record in
            let activation = try PolicyActivation(BatchEvent(decoding: record.bytes).payload)
            _ = try Self.event(record)
            return activation
        }
    }

    /// The policy that was active at a moment; nil before the first.
    public func policy(at time: UTCTime) throws -> PolicyActivation? { try activations().first { $0.time <= time } }
}

extension GateError.Reason {
    /// What is said about an activation is longer than what is kept.
    public static let commentTooLong = Self(rawValue: "gate.comment_too_long")
    /// The policy is active already.
    public static let policyActive = Self(rawValue: "gate.policy_active")
    /// A committee decides about policies here, and has not decided for this one.
    public static let policyNotVoted = Self(rawValue: "gate.policy_not_voted")
}
