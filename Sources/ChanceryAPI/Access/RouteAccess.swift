/// Who may call a route. Every route says so; nobody else is let in.
public enum RouteAccess: Sendable, Equatable {
    /// Whoever reaches the server: whether it lives, and what it offers.
    case anyone
    /// Whoever proves one of these roles, by a signed request or by the session that one opened.
    case roles(Set<Role>)

    /// Every role.
    public static let everyRole = RouteAccess.roles(Set(Role.allCases))
    /// Whoever runs or checks the house.
    public static let oversight = RouteAccess.roles([.operator, .approver, .auditor])

    /// Whoever keeps the vault, or checks what it holds. None of them sees content.
    public static let vaultOversight = RouteAccess.roles([.vaultAdmin, .operator, .auditor])

    /// Whether `principal` has a role that the route asks for.
    public func admits(_ principal: Principal) -> Bool {
        switch self {
        case .anyone: true
        case .roles(let roles): !roles.isDisjoint(with: principal.roles)
        }
    }
}
