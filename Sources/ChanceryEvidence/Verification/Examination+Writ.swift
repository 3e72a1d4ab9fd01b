internal import ChanceryGate
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryPolicy
internal import ChanceryWire

/// What a committee had decided when the gate let the agent act, and when the agent did.
extension Examination {
    /// Whether a committee let the agent act, and voted the policy: at the time of the decision, and at that of its use.
    mutating func checkWrit(_ found: Case, _ activation: PolicyActivation?) throws {
        let decision = found.decision
        guard let head = head(at: decision.time) else {
            let isGoverned = activation?.proposal != nil || decision.facts.delegatedBy != nil || !heads.isEmpty
            report.gaps.append(
                isGoverned
                    ? .missing("writ.missing", "a committee governs this home, and its decisions are not in the file")
                    : .open("writ.none", "no committee authorised the agent: the home's operator alone did"))
            return report.note("writ", .absent, "no committee speaks in this file")
        }
        report.limits.append(.house)
        if !isVoted(found, activation, head) {
            report.gaps.append(.missing("policy.not_voted", "the committee had not voted the policy that decided"))
        }
        guard decision.facts.authorized else {
            if decision.verdict.effect != .block {
                report.gaps.append(
                    .missing("writ.denied", "the gate let an agent act that it took itself for one that is not authorised"))
            }
            return report.note("writ", .absent, "the gate took the agent for one that is not authorised")
        }
        guard let grant = try authority(of: decision, at: decision.time), try authority(of: decision, at: found.end) != nil
        else { return report.note("writ", .absent, "the decisions in the file do not authorise the agent") }
        report.note(
            "writ", .holds,
            "authorised by proposal \(Hex.encode(grant.proposal.prefix(8)))…, as decided by slot \(head.slot)",
            "the federation's id")
    }

    /// Whether the policy that decided was in force, by the proposal that its activation names; and still when it was used.
    private func isVoted(_ found: Case, _ activation: PolicyActivation?, _ head: Head<GovernanceState>) -> Bool {
        // What the gate denied for just this reason is not held against it.
        guard let hash = found.decision.policy, found.decision.verdict.rule != Evaluation.notInForce else { return true }
        return head.state.policy?.policy == hash
            && activation.map { $0.proposal == head.state.policy?.proposal } ?? true
            && self.head(at: found.end)?.state.policy?.policy == hash
    }

    /// What let the agent act at `time`; nil, with the gap, when nothing did.
    private mutating func authority(of decision: GateDecision, at time: UTCTime) throws -> Authority? {
        guard let head = head(at: time) else { return nil }
        let answer = head.state.isAuthorized(.agent(try DID(decision.facts.agent)), in: .everything, at: time, room: .gate)
        guard let authority = answer.authority else {
            report.gaps.append(
                .missing(
                    "writ.denied",
                    "the committee's decisions up to \(head.time.text) do not authorise the agent (\(answer.denial?.rawValue ?? ""))"
                ))
            return nil
        }
        return authority
    }

    /// Slots at the end of a history can be left out, a revocation for one; a later one shows that none is missing before.
    mutating func reportTail(_ cases: [Case]) {
        guard let last = heads.last, let time = cases.map(\.end).max(), last.time <= time else { return }
        report.gaps.append(
            .open("writ.tail", "nothing shows that the committee had decided no more when the agent was let act, or did"))
    }
}
