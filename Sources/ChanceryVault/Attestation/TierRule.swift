internal import ChancerySuite
public import ChanceryWire

/// Whether a host meets what a tier asks for.
public enum TierVerdict: Sendable, Equatable {
    case satisfied(PrivacyTier)
    /// What is missing, for the operator. The code is `vault.attestation_required`.
    case refused(String)

    public var isSatisfied: Bool { if case .satisfied = self { true } else { false } }

    /// - Throws: `vault.attestation_required` when it is not satisfied.
    public func require() throws(VaultError) {
        if case .refused(let detail) = self { throw VaultError(.attestationRequired, detail) }
    }
}

/// What evidence each tier needs before a key is released (HIP-5; rule V7). There is no switch that pretends.
public enum TierRule {
    /// The verdict for `tier` on a host with `custody` and `evidence` for the KEM key with the hash `key`.
    ///
    /// Tier 0 needs nothing; tier 1 custody that outlives the process and lies outside the data folder; tier 2 a processor's
    /// evidence; tier 3 a processor's and a GPU's over one nonce; tier 4 is refused until a verifier for devices exists.
    public static func verdict(
        on tier: PrivacyTier, custody: CustodyCapabilities, evidence: [AppraisedEvidence] = [], for key: [UInt8] = [],
        at now: UTCTime
    ) -> TierVerdict {
        if tier >= .sealed, !custody.protectsAtRest {
            return .refused("tier \(tier.rawValue) needs custody that outlives the process; this is `\(custody.name)`")
        }
        let valid = evidence.filter { $0.counts(for: key, at: now) }
        let processors = valid.filter(\.kind.isProcessor)
        switch tier {
        case .open, .sealed: return .satisfied(tier)
        case .attested:
            return processors.isEmpty
                ? .refused("tier 2 needs fresh SEV-SNP or TDX evidence for this key") : .satisfied(tier)
        case .accelerated:
            let together = processors.contains { processor in
                valid.contains { $0.kind == .nvidiaGPU && $0.nonce == processor.nonce }
            }
            return together ? .satisfied(tier) : .refused("tier 3 needs processor and GPU evidence over one nonce")
        case .isolated: return .refused("tier 4 needs evidence of devices, and no verifier for it exists yet")
        }
    }
}

/// What the evidence for a release covers: the 64 bytes of a report's data (rule V7).
///
/// SHA-512 over `"chancery/kbs/v1"`, nonce, KEM key, manifest digest, tier, federation, requester and writ, each after its
/// length in four bytes, most significant first.
public struct ReleaseBinding: Sendable, Equatable {
    public static let label = "chancery/kbs/v1"

    public let nonce: [UInt8]
    public let kemKey: [UInt8]
    public let manifest: ManifestDigest
    public let tier: PrivacyTier
    public let federation: [UInt8]
    public let requester: String
    public let writ: [UInt8]

    public init(
        nonce: [UInt8], kemKey: [UInt8], manifest: ManifestDigest, tier: PrivacyTier, federation: [UInt8], requester: String,
        writ: [UInt8]
    ) {
        self.nonce = nonce
        self.kemKey = kemKey
        self.manifest = manifest
        self.tier = tier
        self.federation = federation
        self.requester = requester
        self.writ = writ
    }

    /// 64 bytes.
    public var reportData: [UInt8] {
        let parts = [
            Array(Self.label.utf8), nonce, kemKey, manifest.bytes, [tier.rawValue], federation, Array(requester.utf8), writ,
        ]
        return Digest.sha512(parts.flatMap(WrappedSeed.withLength))
    }
}

extension VaultError.Reason {
    /// The tier needs evidence that is not there.
    public static let attestationRequired = Self(rawValue: AccessRefusal.tier.rawValue)
}
