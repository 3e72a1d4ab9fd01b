internal import ChanceryLedger
internal import ChanceryWire

extension GovernanceState {
    /// The delegation that `terms` come to, if the delegator has what it gives away.
    func delegating(_ terms: DelegationTerms, _ id: [UInt8]) throws(GovernanceError) -> Delegation {
        guard terms.until > time, terms.constraints.notAfter.map({ $0 > time }) ?? true else {
            throw GovernanceError(.preconditionFailed, "the delegation would have ended")
        }
        guard !hasReceived(terms.delegator, from: terms.delegate) else {
            throw GovernanceError(.delegationCycle, "`\(terms.delegator)` has rights from `\(terms.delegate)` itself")
        }
        let constraints = terms.constraints.ending(by: terms.until)
        guard let source = source(of: terms, constraints) else {
            throw GovernanceError(
                .delegationRefused, "`\(terms.delegator)` may not do this itself, or not for so long, or may not pass it on")
        }
        return Delegation(
            delegator: terms.delegator, delegate: terms.delegate, scope: terms.scope, constraints: constraints,
            depth: terms.depth, delegatorGeneration: generation(of: .agent(terms.delegator)),
            delegateGeneration: generation(of: .agent(terms.delegate)), parent: source.parent, from: time, slot: slot,
            proposal: id)
    }

    /// Where the delegator's right comes from.
    private struct Source {
        /// nil for a grant of its own.
        let parent: [UInt8]?
    }

    private func source(of terms: DelegationTerms, _ constraints: Constraints) -> Source? {
        if case .success(let grant) = subjects[.agent(terms.delegator)]?.grant(in: terms.scope, at: time),
            constraints.isTighter(orEqualTo: grant.constraints)
        {
            return Source(parent: nil)
        }
        for delegation in delegations[terms.delegator] ?? []
        where delegation.depth > terms.depth && delegation.scope.covers(terms.scope) {
            if case .success(let authority) = authority(of: delegation, in: terms.scope, at: time),
                constraints.isTighter(orEqualTo: authority.constraints)
            {
                return Source(parent: delegation.proposal)
            }
        }
        return nil
    }

    /// Whether `agent` has anything that `giver` gave away, directly or through others, and that has not ended.
    private func hasReceived(_ agent: DID, from giver: DID) -> Bool {
        var open = [agent]
        var seen: Set<DID> = [agent]
        while let next = open.popLast() {
            for delegation in delegations[next] ?? [] where delegation.constraints.notAfter.map({ time < $0 }) ?? true {
                if delegation.delegator == giver { return true }
                if seen.insert(delegation.delegator).inserted { open.append(delegation.delegator) }
            }
        }
        return false
    }

    /// Adds a delegation; an earlier one of the same two agents for the same scope is replaced.
    mutating func add(_ delegation: Delegation) {
        var received = delegations[delegation.delegate] ?? []
        received.removeAll { $0.delegator == delegation.delegator && $0.scope == delegation.scope }
        received.append(delegation)
        received.sort { $0.proposal.lexicographicallyPrecedes($1.proposal) }
        putDelegations(to: delegation.delegate, received)
    }

    /// Forgets what a REVOKE of `agent` took from it as a whole.
    mutating func dropRevoked(_ agent: DID, _ entry: SubjectEntry) {
        guard let received = delegations[agent] else { return }
        let left = received.filter { delegation in
            !entry.tombstones.contains {
                $0.generation > delegation.delegateGeneration && $0.scope.covers(delegation.scope)
            }
        }
        if left.count < received.count { putDelegations(to: agent, left) }
    }

    private mutating func putDelegations(to agent: DID, _ received: [Delegation]) {
        delegations[agent] = received.isEmpty ? nil : received
        put(.delegations(to: agent), received.isEmpty ? JSONValue?.none : .array(received.map(\.json)))
    }
}

extension GovernanceError.Reason {
    /// A delegation of more than the delegator has.
    public static let delegationRefused = Self(rawValue: "governance.delegation_refused")
    /// A delegation to somebody from whom the delegator has rights.
    public static let delegationCycle = Self(rawValue: "governance.delegation_cycle")
}
