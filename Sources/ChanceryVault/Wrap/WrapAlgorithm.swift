public import ChancerySuite

/// How a data key is wrapped for a recipient. The raw value is the name in keyrings.
public enum WrapAlgorithm: String, Sendable, CaseIterable {
    /// HPKE in base mode (RFC 9180) with the KEM 0x647a: post-quantum and classical together. Tiers 0 to 2.
    case xWing = "HPKE-X-Wing-HKDF-SHA256-AES-256-GCM"
    /// ML-KEM-1024 (FIPS 203), HKDF-SHA384 and AES-256 key wrap (RFC 3394). Tiers 3 and 4.
    case mlKEM1024 = "ML-KEM-1024-HKDF-SHA384-A256KW"

    /// The only algorithm that `tier` takes, so that no recipient is weaker than the others.
    public static func of(_ tier: PrivacyTier) -> WrapAlgorithm { tier < .accelerated ? .xWing : .mlKEM1024 }

    /// The key that it takes.
    public var encapsulation: EncapsulationAlgorithm { self == .xWing ? .xWing : .mlKEM1024 }

    /// Bytes of the wrapped data key.
    var wrappedBytes: Int { BodyCipher.dataKeyBytes + (self == .xWing ? AEAD.tagBytes : KeyWrap.overhead) }

    /// The algorithm for a recipient's key in `tier`.
    ///
    /// - Throws: `vault.parameter_set_too_weak` for a weaker key in tiers 3 and 4, `vault.recipient_unsuitable` for another
    ///   one in tiers 0 to 2.
    static func of(_ tier: PrivacyTier, for key: EncapsulationAlgorithm) throws(VaultError) -> WrapAlgorithm {
        let required = of(tier)
        guard key == required.encapsulation else {
            let reason: VaultError.Reason = tier < .accelerated ? .recipientUnsuitable : .parameterSetTooWeak
            throw VaultError(reason, "tier \(tier.rawValue) needs \(required.encapsulation.rawValue), found \(key.rawValue)")
        }
        return required
    }
}
