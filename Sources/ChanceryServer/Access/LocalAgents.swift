public import ChanceryAPI

/// Which agents the users of this machine are.
///
/// The kernel vouches for the user at the moment of connecting, and for nothing more (rule P8): a user who is two agents
/// is none of them without a signature.
public struct LocalAgents: Sendable {
    private let agents: [UInt32: Principal]

    /// - Parameters:
    ///   - users: each agent's name with the number of its user.
    ///   - owner: the user who has the home; one who is an agent is that agent and nothing else.
    ///   - roles: what the owner is: who keeps the vault, unless it is more.
    public init(_ users: [(agent: String, user: UInt32)] = [], owner: UInt32? = nil, roles: Set<Role> = [.vaultAdmin]) {
        var agents: [UInt32: Principal] = [:]
        if let owner, !users.contains(where: { $0.user == owner }) {
            agents[owner] = Principal(name: "uid:\(owner)", keyID: "uid:\(owner)", roles: roles)
        }
        for (user, own) in Dictionary(grouping: users, by: \.user) where own.count == 1 {
            agents[user] = Principal(name: own[0].agent, keyID: "uid:\(user)", roles: [.agent])
        }
        self.agents = agents
    }

    /// Whoever a user is: the one agent, or the owner; nil for others.
    public func principal(of user: UInt32) -> Principal? { agents[user] }
}
