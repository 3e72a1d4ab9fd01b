public import ChancerySuite
public import ChanceryWire

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

    /// Whether requests of this key count at `now`.
    public func isActive(at now: UTCTime) -> Bool { !isRevoked && notBefore <= now && now <= notAfter }
}
