internal import ChanceryVault
public import ChanceryWire

/// Where a key is in its life.
public enum APIKeyState: String, Sendable, CaseIterable {
    case active
    /// Active, and time for a successor.
    case due
    /// Has a successor, and counts until the end of the overlap.
    case replaced
    /// Past its end.
    case expired
    /// For good, at once.
    case revoked

    /// Whether requests of the key count.
    public var isUsable: Bool {
        switch self {
        case .active, .due, .replaced: true
        case .expired, .revoked: false
        }
    }
}

extension APIKeyStatement {
    /// When a successor is due: as long before the end as two keys usually count together, and never before half of the
    /// key's life.
    public var rotateBy: UTCTime {
        let life = max(0, notAfter.seconds - notBefore.seconds)
        return notAfter.advanced(bySeconds: -min(APIKeyRegistry.standardOverlap, life / 2))
    }

    public func state(at now: UTCTime) -> APIKeyState {
        switch status {
        case .revoked: .revoked
        case _ where notAfter < now: .expired
        case .replaced: .replaced
        case .active: rotateBy <= now ? .due : .active
        }
    }
}

extension APIKeyRegistry {
    /// The most seconds for which a key that was replaced still counts: seven days (HIP-5).
    public static let longestOverlap = VaultKeyKind.api.longestOverlap
    /// The usual ones: half of that.
    public static let standardOverlap = VaultKeyKind.api.standardOverlap
}
