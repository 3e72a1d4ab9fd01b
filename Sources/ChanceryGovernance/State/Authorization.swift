public import ChanceryWire

/// Whether a model or agent may, and by which votes.
public enum AuthorizationAnswer: Sendable, Hashable {
    case granted(Authority)
    case denied(Denial)

    public var authority: Authority? { if case .granted(let authority) = self { authority } else { nil } }
    public var denial: Denial? { if case .denied(let denial) = self { denial } else { nil } }
}

/// The votes that allow something, and what they bind it to.
public struct Authority: Sendable, Hashable {
    /// The id of the proposal that granted it.
    public let proposal: [UInt8]
    /// Of an agent, as it was voted.
    public let role: String?
    /// What grant and delegations allow together.
    public let constraints: Constraints
    /// The ids of the proposals that delegated it, from the grant to the subject; none for a grant of its own.
    public let chain: [[UInt8]]
}

/// Why not.
public enum Denial: String, Sendable, Error, CaseIterable {
    /// Nothing was ever said about the subject.
    case unknownSubject = "unknown-subject"
    /// No grant covers the scope.
    case neverGranted = "never-granted"
    case revoked
    case expired
    /// The time asked about is before the grant.
    case notYet = "not-yet"
    case frozen
    /// Who delegated it may not do it any more.
    case delegatorLost = "delegator-lost"
}

extension GovernanceState {
    /// Whether `subject` may act in `scope` at `time`, as far as this state knows.
    ///
    /// A freeze of any room in the scope denies; name the `room` where work happens to be stopped by its freezes alone.
    /// `seen` are freezes known by their certificates alone. Costs a few hash lookups for each level of the scope; linear
    /// only in the freezes in force, and in REVOKEs and delegations of this subject.
    public func isAuthorized(
        _ subject: Subject, in scope: Scope, at time: UTCTime, room: Room? = nil, seen: some Collection<Freeze> = []
    ) -> AuthorizationAnswer {
        guard !isFrozen(scope, in: room, seen: seen) else { return .denied(.frozen) }
        let denial: Denial
        switch subjects[subject]?.grant(in: scope, at: time) {
        case .success(let grant):
            return .granted(
                Authority(proposal: grant.proposal, role: grant.role, constraints: grant.constraints, chain: []))
        case .failure(let reason): denial = reason
        case nil: denial = .unknownSubject
        }
        guard case .agent(let agent) = subject, let received = delegations[agent] else { return .denied(denial) }
        var last = denial
        for delegation in received where delegation.scope.covers(scope) {
            switch authority(of: delegation, in: scope, at: time) {
            case .success(let authority): return .granted(authority)
            case .failure(let reason): last = reason
            }
        }
        // What was said about the agent itself says more than that nobody granted it anything.
        return .denied(denial == .unknownSubject || denial == .neverGranted ? last : denial)
    }

    /// What `delegation` allows in `scope`, which it covers. The way up is as long as depths allow: five steps.
    func authority(of delegation: Delegation, in scope: Scope, at time: UTCTime) -> Result<Authority, Denial> {
        if time < delegation.from { return .failure(.notYet) }
        if let end = delegation.constraints.notAfter, time >= end { return .failure(.expired) }
        if subjects[.agent(delegation.delegate)]?.isRevoked(scope, since: delegation.delegateGeneration) ?? false {
            return .failure(.revoked)
        }
        let delegator = subjects[.agent(delegation.delegator)]
        if delegator?.isRevoked(scope, since: delegation.delegatorGeneration) ?? false { return .failure(.delegatorLost) }
        let above: Authority
        if let parent = delegation.parent {
            guard let next = delegations[delegation.delegator]?.first(where: { $0.proposal == parent }),
                next.depth > delegation.depth, next.scope.covers(scope),
                case .success(let authority) = authority(of: next, in: scope, at: time)
            else { return .failure(.delegatorLost) }
            above = authority
        } else {
            guard case .success(let grant) = delegator?.grant(in: scope, at: time) else { return .failure(.delegatorLost) }
            above = Authority(proposal: grant.proposal, role: grant.role, constraints: grant.constraints, chain: [])
        }
        // A later grant may bind the delegator more tightly than the one it delegated under.
        guard let constraints = above.constraints.meet(delegation.constraints) else { return .failure(.delegatorLost) }
        return .success(
            Authority(
                proposal: above.proposal, role: above.role, constraints: constraints,
                chain: above.chain + [delegation.proposal]))
    }

    /// Whether work of `room`, or of any room, stands still somewhere in `scope`: a freeze that was ordered or `seen`, and
    /// not lifted (rule G5).
    public func isFrozen(_ scope: Scope, in room: Room? = nil, seen: some Collection<Freeze> = []) -> Bool {
        freezes.contains { $0.stops(room, in: scope) }
            || seen.contains { $0.stops(room, in: scope) && !lifted.contains($0.proposal) }
    }
}
