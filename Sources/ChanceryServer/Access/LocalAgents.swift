public import ChanceryAPI

/// Which agents the users of this machine are.
///
/// The kernel vouches for the user at the moment of connecting, and for nothing more (rule P8): a user who is two agents
/// is none of them without a signature.
public struct LocalAgents: Sendable {
    private let agents: [UInt32: Principal]

    /// - Parameter users: each agent's name with the number of its user.
    public init(_ users: [(agent: String, user: UInt32)] = []) {
        var agents: [UInt32: Principal] = [:]
        for (user, own) in Dictionary(grouping: users, by: \.user) where own.count == 1 {
            agents[user] = Principal(name: own[0].agent, keyID: "uid:\(user)", roles: [.agent])
        }
        self.agents = agents
    }

    /// The one agent that a user is; nil for others.
    public func principal(of user: UInt32) -> Principal? { agents[user] }
}
