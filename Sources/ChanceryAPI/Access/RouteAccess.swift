/// Who may call a route. Every route says so; nobody else is let in.
public enum RouteAccess: Sendable, Equatable {
    /// Whoever reaches the server: whether it lives, and what it offers.
    case anyone
    /// Whoever proves one of these roles, by a signed request or by the session that one opened.
    case roles(Set<Role>)
    /// Nodes of the federation, which the route itself tells apart.
    case nodes

    /// Every role.
    public static let everyRole = RouteAccess.roles(Set(Role.allCases))
    /// Whoever runs or checks the house.
    public static let oversight = RouteAccess.roles([.operator, .approver, .auditor])

    /// Whether `principal` has a role that the route asks for.
    public func admits(_ principal: Principal) -> Bool {
        switch self {
        case .anyone: true
        case .roles(let roles): !roles.isDisjoint(with: principal.roles)
        case .nodes: false
        }
    }
}
