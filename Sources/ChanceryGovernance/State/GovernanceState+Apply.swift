internal import ChanceryLedger
public import ChanceryWire

extension GovernanceState {
    /// Carries out a proposal whose certificate was verified, in the block begun last. Does all of it or nothing.
    ///
    /// - Throws: ``GovernanceError`` with the rule that stands against it: `governance.roster_closed`,
    ///   `governance.foreign_record`, `governance.proposal_superseded`, `governance.proposal_terminal`,
    ///   `governance.proposal_early`, `governance.proposal_expired`, `governance.basis_stale`, `governance.frozen`,
    ///   `governance.precondition_failed`, `governance.delegation_refused`, `governance.delegation_cycle`,
    ///   `governance.committee_invalid`.
    public mutating func apply(_ proposal: Proposal) throws(GovernanceError) { try apply(proposal.terms) }

    /// As ``apply(_:)`` in a block of its own.
    public mutating func apply(
        _ proposal: Proposal, at time: UTCTime, slot: Int64, after parent: [UInt8]
    ) throws(GovernanceError) {
        var next = self
        try next.begin(slot: slot, at: time, after: parent)
        try next.apply(proposal.terms)
        self = next
    }

    /// Whether ``apply(_:)`` would carry it out now: what a proposer asks before putting it into a block.
    ///
    /// - Throws: as ``apply(_:)`` does.
    public func check(_ proposal: Proposal) throws(GovernanceError) { _ = try effect(of: proposal.terms) }

    /// For simulations, whose proposals nobody signs.
    package mutating func apply(_ terms: ProposalTerms) throws(GovernanceError) {
        carryOut(try effect(of: terms), terms.id)
        terminals[terms.id] = terms.expires
        put(.terminal(terms.id), ["expires": .string(terms.expires.text)])
    }

    /// What a proposal comes to. Everything that can fail has been asked when there is one.
    private enum Effect {
        case subject(Subject, SubjectEntry)
        case policy(ActivePolicy)
        case committee(Committee)
        case freeze(Freeze)
        case lift([[UInt8]])
        case delegation(Delegation)
        case program(ActiveProgram)
    }

    private func effect(of terms: ProposalTerms) throws(GovernanceError) -> Effect {
        guard !isRosterChanged else {
            throw GovernanceError(.rosterClosed, "a change of members is the last item of its block")
        }
        try requireOpen(terms)
        guard terms.basis == basis(for: terms.parameters) else {
            throw GovernanceError(.basisStale, "the proposal was made for another state of what it changes")
        }
        try requireNotFrozen(terms.parameters)
        return try change(terms)
    }

    /// Federation, roster, time, and that it was not decided before.
    private func requireOpen(_ terms: ProposalTerms) throws(GovernanceError) {
        guard terms.federation == committee.federation else {
            throw GovernanceError(.foreignRecord, "the proposal belongs to the federation `\(terms.federation)`")
        }
        guard terms.roster == committee.rosterHash || (terms.kind.outlivesRoster && terms.roster == previousRoster) else {
            throw GovernanceError(.proposalSuperseded, "the members changed since the proposal was made")
        }
        guard terminals[terms.id] == nil else {
            throw GovernanceError(.proposalTerminal, "the proposal was decided before")
        }
        guard terms.notBefore <= time else {
            throw GovernanceError(.proposalEarly, "the proposal cannot be decided before \(terms.notBefore.text)")
        }
        guard time < terms.expires else {
            throw GovernanceError(.proposalExpired, "the proposal expired at \(terms.expires.text)")
        }
    }

    private func change(_ terms: ProposalTerms) throws(GovernanceError) -> Effect {
        let id = terms.id
        switch terms.parameters {
        case .authorizeModel(let manifest, let scope, let constraints):
            return try granting(.model(manifest), scope, constraints, role: nil, id)
        case .authorizeAgent(let agent, let role, let scope, let constraints):
            return try granting(.agent(agent), scope, constraints, role: role, id)
        case .revokeModel(let manifest, let scope): return revoking(.model(manifest), scope, id)
        case .revokeAgent(let agent, let scope): return revoking(.agent(agent), scope, id)
        case .updatePolicy(let hash):
            guard hash != policy?.policy else { throw GovernanceError(.preconditionFailed, "this policy is in force already") }
            return .policy(
                ActivePolicy(
                    policy: hash, generation: (policy?.generation ?? 0) + 1, from: time, slot: slot, proposal: id))
        case .addNode, .removeNode, .rotateKey:
            guard let next = try successor(terms.parameters) else {
                throw GovernanceError(.preconditionFailed, "the proposal changes no member")
            }
            return .committee(next)
        case .emergencyFreeze:
            guard let freeze = Freeze(terms), !lifted.contains(id) else {
                throw GovernanceError(.preconditionFailed, "the freeze was lifted before it was ordered")
            }
            return .freeze(freeze)
        case .unfreeze(let named):
            guard lifted.isDisjoint(with: named) else {
                throw GovernanceError(.basisStale, "one of the freezes was lifted before")
            }
            return .lift(named)
        case .delegation(let delegation): return .delegation(try delegating(delegation, id))
        case .activateProgram(let program):
            let generation = (programs[program.program]?.generation ?? 0) + 1
            return .program(ActiveProgram(terms: program, generation: generation, from: time, slot: slot, proposal: id))
        }
    }

    private func granting(
        _ subject: Subject, _ scope: Scope, _ constraints: Constraints, role: String?, _ id: [UInt8]
    ) throws(GovernanceError) -> Effect {
        if let end = constraints.notAfter, end <= time {
            throw GovernanceError(.preconditionFailed, "the grant would have ended at \(end.text)")
        }
        var entry = subjects[subject] ?? SubjectEntry()
        entry.add(
            Grant(
                scope: scope, constraints: constraints, role: role, generation: entry.generation, from: time, slot: slot,
                proposal: id))
        return .subject(subject, entry)
    }

    private func revoking(_ subject: Subject, _ scope: Scope, _ id: [UInt8]) -> Effect {
        var entry = subjects[subject] ?? SubjectEntry()
        entry.revoke(scope, at: time, slot: slot, proposal: id)
        return .subject(subject, entry)
    }

    private mutating func carryOut(_ effect: Effect, _ id: [UInt8]) {
        switch effect {
        case .subject(let subject, let entry):
            subjects[subject] = entry
            put(.grants(subject), entry.json)
            if case .agent(let agent) = subject { dropRevoked(agent, entry) }
        case .policy(let active):
            policy = active
            put(.policy, active.json)
        case .committee(let next): install(next)
        case .freeze(let freeze):
            freezes.append(freeze)
            put(.freeze(id), freeze.json(slot: slot))
        case .lift(let named):
            lifted.formUnion(named)
            freezes.removeAll { lifted.contains($0.proposal) }
            for freeze in named { put(.lifted(freeze), ["by": .string(Hex.encode(id)), "slot": .integer(slot)]) }
        case .delegation(let delegation): add(delegation)
        case .program(let program):
            programs[program.terms.program] = program
            put(.program(program.terms.program), program.json)
            put(.custodians(program.terms.program), program.custodians)
        }
    }
}

extension ProposalKind {
    /// Whether a certificate of the roster before stays admissible for one epoch (rule G8). That its surviving signers
    /// still meet the threshold is for whoever verifies the certificate.
    public var outlivesRoster: Bool {
        switch self {
        case .revokeModel, .revokeAgent, .emergencyFreeze: true
        default: false
        }
    }
}

extension GovernanceError.Reason {
    /// An item behind a change of members in one block.
    public static let rosterClosed = Self(rawValue: "governance.roster_closed")
    /// The members changed since the proposal was made.
    public static let proposalSuperseded = Self(rawValue: "governance.proposal_superseded")
    /// The proposal was decided before.
    public static let proposalTerminal = Self(rawValue: "governance.proposal_terminal")
    /// The proposal may not be decided yet.
    public static let proposalEarly = Self(rawValue: "governance.proposal_early")
    /// The proposal may not be decided any more.
    public static let proposalExpired = Self(rawValue: "governance.proposal_expired")
    /// What the proposal was made for is not so any more.
    public static let basisStale = Self(rawValue: "governance.basis_stale")
    /// A proposal that gives something while a freeze is in force there.
    public static let frozen = Self(rawValue: "governance.frozen")
    /// What is proposed is so already, or cannot be.
    public static let preconditionFailed = Self(rawValue: "governance.precondition_failed")
}
