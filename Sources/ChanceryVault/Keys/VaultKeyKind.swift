/// What a key of the vault is for: one key, one purpose (HIP-5, NIST SP 800-57 §5.2).
///
/// A root wraps the seeds of the keys below it. Model and data keys wrap the data keys of exactly one version of one
/// artifact. API keys sign requests. Service keys open what clients seal; session keys live with one connection.
public enum VaultKeyKind: String, Sendable, CaseIterable {
    case root, model, data, api, service, session

    /// What ids of the kind start with.
    public var idPrefix: String {
        switch self {
        case .root: "rk_"
        case .model: "mk_"
        case .data: "dk_"
        case .api: "ak_"
        case .service: "sk_"
        case .session: "ck_"
        }
    }

    /// The most seconds between activation and hard expiry.
    public var longestLifetime: Int64 {
        switch self {
        case .root, .model, .data: 366 * 86_400
        case .api: 31 * 86_400
        case .service: 92 * 86_400
        case .session: 86_400
        }
    }

    /// The most seconds in which a replaced key still serves those who have not heard.
    public var longestOverlap: Int64 {
        switch self {
        case .root, .model, .data: 31 * 86_400
        case .api: 7 * 86_400
        case .service: 2 * 86_400
        case .session: 0
        }
    }

    /// Seconds of overlap, and from the moment a rotation is due to hard expiry, where the caller says nothing.
    public var standardOverlap: Int64 { longestOverlap / 2 }

    /// The algorithms that a key of the kind may have.
    public var algorithms: [VaultKeyAlgorithm] {
        switch self {
        case .root: [.mlKEM1024]
        case .model, .data: [.xWing, .mlKEM1024]
        case .api: [.mlDSA65]
        case .service, .session: [.xWing]
        }
    }

    /// The algorithm of a wrapping key for an artifact of `tier`: tiers 3 and 4 need security category 5.
    public static func wrappingAlgorithm(for tier: PrivacyTier) -> VaultKeyAlgorithm {
        tier >= .accelerated ? .mlKEM1024 : .xWing
    }

    /// The kind of wrapping key for an artifact of `kind`.
    public static func wrapping(_ kind: ArtifactKind) -> VaultKeyKind {
        switch kind {
        case .modelWeights, .loraAdapter, .tokenizer, .safetyModel: .model
        case .credential, .biometricTemplate, .inferenceCache, .other: .data
        }
    }

    /// Whether the key stands under a root.
    public var hasParent: Bool { self != .root && self != .session }
}

/// The closed list of algorithms of vault keys. The raw value is the name in records.
public enum VaultKeyAlgorithm: String, Sendable, CaseIterable {
    case xWing = "X-Wing"
    case mlKEM1024 = "ML-KEM-1024"
    case mlDSA65 = "ML-DSA-65"
}
