public import ChancerySuite
public import ChanceryWire

/// What a caller may be trusted with; a key may have several.
public enum Role: String, Sendable, CaseIterable {
    case node
    case `operator`
    case approver
    case agent
    case auditor
}

/// Who sent a request.
public struct Principal: Sendable, Equatable {
    /// The DID, or the name that the operator registered.
    public let name: String
    public let keyID: String
    public let roles: Set<Role>

    public init(name: String, keyID: String, roles: Set<Role>) {
        self.name = name
        self.keyID = keyID
        self.roles = roles
    }
}

/// A key that an operator registered for requests.
public struct RegisteredKey: Sendable {
    public let principal: Principal
    public let key: VerifyingKey<Purpose.HTTP>
    public let notBefore: UTCTime
    public let notAfter: UTCTime
    public let isRevoked: Bool

    public init(
        _ keyID: String, of name: String, roles: Set<Role>, key: VerifyingKey<Purpose.HTTP>, notBefore: UTCTime,
        notAfter: UTCTime, isRevoked: Bool = false
    ) {
        principal = Principal(name: name, keyID: keyID, roles: roles)
        self.key = key
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.isRevoked = isRevoked
    }

    func isActive(at now: UTCTime) -> Bool { !isRevoked && notBefore <= now && now <= notAfter }
}

/// Which roles may do what. What is not listed is denied to everybody.
public struct AccessTable: Sendable {
    private let roles: [String: Set<Role>]

    public init(_ roles: [String: Set<Role>]) { self.roles = roles }

    /// Nil when `principal` may do `operation`.
    public func refusal(of operation: String, to principal: Principal) -> RequestRefusal? {
        roles[operation]?.isDisjoint(with: principal.roles) == false ? nil : .roleMissing
    }
}
