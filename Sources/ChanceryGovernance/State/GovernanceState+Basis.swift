internal import ChanceryLedger

extension GovernanceState {
    /// The basis that a proposal with `parameters` must have to be carried out on this state (rule G4): whoever proposes
    /// takes it from here.
    public func basis(for parameters: ProposalParameters) -> Basis {
        switch parameters {
        case .authorizeModel(let manifest, _, _): .generation(generation(of: .model(manifest)))
        case .authorizeAgent(let agent, _, _, _): .generation(generation(of: .agent(agent)))
        case .delegation(let terms):
            .delegation(
                delegator: generation(of: .agent(terms.delegator)), delegate: generation(of: .agent(terms.delegate)))
        case .activateProgram(let terms): .generation(programs[terms.program]?.generation ?? 0)
        case .updatePolicy: .policy(policy?.policy)
        // Without such a member there is no hash that a proposal could have named.
        case .rotateKey(let enrolment): committee[enrolment.did].map { .keys($0.keys.hash) } ?? .none
        case .revokeModel, .revokeAgent, .emergencyFreeze, .unfreeze, .addNode, .removeNode: .none
        }
    }

    func generation(of subject: Subject) -> Int64 { subjects[subject]?.generation ?? 0 }

    /// Under a freeze only what restricts or repairs goes on (rule G5).
    func requireNotFrozen(_ parameters: ProposalParameters) throws(GovernanceError) {
        let isFrozen =
            switch parameters {
            case .authorizeModel(_, let scope, _), .authorizeAgent(_, _, let scope, _): isFrozen(scope)
            case .delegation(let terms): isFrozen(terms.scope)
            // They have no scope: a freeze of everything stops them.
            case .updatePolicy, .addNode, .activateProgram: freezes.contains { $0.scope == .everything }
            case .revokeModel, .revokeAgent, .emergencyFreeze, .unfreeze, .removeNode, .rotateKey: false
            }
        guard !isFrozen else { throw GovernanceError(.frozen, "a freeze is in force there; lift it first") }
    }
}
