public import ChanceryGovernance
public import ChanceryLedger
public import ChanceryWire

/// Asks the node of this home's member, which hears of every decision and freeze.
public struct NodeAuthority: AuthoritySource {
    private let node: FederationNode
    private let scope: Scope

    /// - Parameter scope: where this home's agents act.
    public init(_ node: FederationNode, scope: Scope = .everything) {
        self.node = node
        self.scope = scope
    }

    public func word(on agent: DID) async throws -> CommitteeWord {
        // One step into the node, so that answer and policy are of one moment.
        let (answer, policy) = await node.standing(of: .agent(agent), in: scope)
        return CommitteeWord(answer, policy)
    }

    public func policy() async throws -> VotedPolicy? { await node.head.state.policy.map(VotedPolicy.init) }
}

/// Asks what this home's store holds of its federation, where no node runs.
public struct StoredAuthority: AuthoritySource {
    private let desk: FederationDesk
    private let scope: Scope
    private let now: @Sendable () -> UTCTime

    public init(_ desk: FederationDesk, scope: Scope = .everything, now: @escaping @Sendable () -> UTCTime) {
        self.desk = desk
        self.scope = scope
        self.now = now
    }

    public func word(on agent: DID) async throws -> CommitteeWord {
        let view = try desk.view()
        let answer = view.state.isAuthorized(
            .agent(agent), in: scope, at: now(), room: .gate, seen: view.seenFreezes)
        return CommitteeWord(answer, view.state.policy.map(VotedPolicy.init))
    }

    public func policy() async throws -> VotedPolicy? { try desk.view().state.policy.map(VotedPolicy.init) }
}

extension FederationNode {
    func standing(of subject: Subject, in scope: Scope) -> (AuthorizationAnswer, VotedPolicy?) {
        (isAuthorized(subject, in: scope, room: .gate), head.state.policy.map(VotedPolicy.init))
    }
}

extension VotedPolicy {
    init(_ active: ActivePolicy) { self.init(hash: active.policy, proposal: active.proposal) }
}

extension CommitteeWord {
    init(_ answer: AuthorizationAnswer, _ policy: VotedPolicy?) {
        self.init(
            isAuthorized: answer.authority != nil, isFrozen: answer.denial == .frozen, role: answer.authority?.role,
            delegatedBy: answer.authority?.chain.last.map { Hex.encode($0) }, policy: policy)
    }
}
