public import ChanceryWire

extension GateState {
    /// Checks that a permission may be used now, once, for exactly this action (rule P3). The caller evaluates the policy
    /// again besides.
    ///
    /// - Throws: `gate.decision_unknown`, `gate.foreign_decision`, `gate.action_changed`, `gate.already_redeemed`,
    ///   `gate.decision_expired`, `gate.not_approved`, `gate.policy_changed`.
    public func requireRedeemable(
        _ id: DecisionID, agent: String, actionHash: [UInt8], at time: UTCTime
    ) throws -> OpenDecision {
        guard let decision = open[id] else {
            throw GateError(.decisionUnknown, "no decision `\(id.short)` allows anything now")
        }
        guard decision.agent.utf8.elementsEqual(agent.utf8) else {
            throw GateError(.foreignDecision, "the decision is about another agent")
        }
        guard decision.actionHash == actionHash else {
            throw GateError(.actionChanged, "the decision is about another action")
        }
        switch decision.standing(at: time) {
        case .redeemed: throw GateError(.alreadyRedeemed, "the decision was used before")
        case .lapsed: throw GateError(.decisionExpired, "the decision is over")
        case .blocked, .waiting, .rejected:
            throw GateError(.notApproved, "the decision allows nothing: it is \(decision.standing(at: time).word)")
        case .allowed, .approved: break
        }
        guard decision.policy == policy?.hash else {
            throw GateError(.policyChanged, "another policy is active than the one that decided")
        }
        return decision
    }

    /// Checks that an answer counts: to a question that is open, by somebody who may, about what was asked (rule P3).
    ///
    /// - Parameter agentNames: what the agent is called, and the names of whoever acts for it: none of them answers for it.
    /// - Throws: `gate.not_pending`, `gate.approval_mismatch`, `gate.approver_inactive`, `gate.self_approval`,
    ///   `gate.clearance_too_low`, `gate.not_a_principal`, `gate.justification_missing`, `gate.approval_expired`.
    public func requireAnswerable(_ approval: Approval, agentNames: Set<String>, at time: UTCTime) throws -> OpenDecision {
        let (terms, approver) = (approval.terms, approval.approver)
        guard let decision = open[terms.decision], let question = decision.question,
            case .waiting(let stage, let clearance) = decision.standing(at: time)
        else { throw GateError(.notPending, "the decision waits for nobody, or not any more") }
        guard terms.agent.utf8.elementsEqual(decision.agent.utf8), terms.actionHash == decision.actionHash,
            terms.action.utf8.elementsEqual(decision.action.utf8), terms.policy == decision.policy,
            terms.target == decision.target
        else { throw GateError(.approvalMismatch, "the answer is about something else than the question") }
        guard approver.isActive(at: time) else {
            throw GateError(.approverInactive, "the key of `\(approver.name)` is revoked or over")
        }
        let names = Set(agentNames.map { Array($0.lowercased().utf8) })
        guard !names.contains(Array(approver.name.lowercased().utf8)), !names.contains(Array(approver.id.utf8)) else {
            throw GateError(.selfApproval, "nobody answers for what they asked themselves")
        }
        guard question.principals.isEmpty || question.principals.contains(where: { $0.utf8.elementsEqual(approver.name.utf8) })
        else { throw GateError(.notAPrincipal, "the policy does not name `\(approver.name)`") }
        guard terms.time <= time.advanced(bySeconds: 60), terms.time >= decision.time.advanced(bySeconds: -60),
            terms.expires > time, terms.expires <= terms.time.advanced(bySeconds: Approval.longestLifetime)
        else { throw GateError(.approvalExpired, "the answer is over, or lives longer than an hour") }
        // To say no takes no clearance.
        guard terms.choice == .approve else { return decision }
        guard approver.clearance >= clearance else {
            throw GateError(.clearanceTooLow, "stage \(stage + 1) asks for \(clearance.rawValue)")
        }
        guard !question.requiresJustification || terms.justification.contains(where: { !$0.isWhitespace }) else {
            throw GateError(.justificationMissing, "the policy wants a justification")
        }
        return decision
    }
}

extension GateError.Reason {
    /// There is no such decision, or nothing can be done with it any more.
    public static let decisionUnknown = Self(rawValue: "gate.decision_unknown")
    /// The decision is about another agent.
    public static let foreignDecision = Self(rawValue: "gate.foreign_decision")
    /// The action is not the one that was decided.
    public static let actionChanged = Self(rawValue: "gate.action_changed")
    /// A permission is used once.
    public static let alreadyRedeemed = Self(rawValue: "gate.already_redeemed")
    /// The time of the permission is over.
    public static let decisionExpired = Self(rawValue: "gate.decision_expired")
    /// The decision allows nothing, or nobody approved it yet.
    public static let notApproved = Self(rawValue: "gate.not_approved")
    /// Another policy is active than the one that decided.
    public static let policyChanged = Self(rawValue: "gate.policy_changed")
    /// The answer names another action, agent or policy than the question.
    public static let approvalMismatch = Self(rawValue: "gate.approval_mismatch")
    /// The answer is over, or dated wrongly.
    public static let approvalExpired = Self(rawValue: "gate.approval_expired")
    /// The approver's key was revoked or is over.
    public static let approverInactive = Self(rawValue: "gate.approver_inactive")
    /// Nobody answers for themselves.
    public static let selfApproval = Self(rawValue: "gate.self_approval")
    /// The policy names others.
    public static let notAPrincipal = Self(rawValue: "gate.not_a_principal")
    /// The risk is higher than this person may answer for.
    public static let clearanceTooLow = Self(rawValue: "gate.clearance_too_low")
    /// The policy wants a justification.
    public static let justificationMissing = Self(rawValue: "gate.justification_missing")
}
