public import ChanceryWire

/// Who asks. Whoever makes one of these has authenticated both names: an API key, a peer of the socket, a signature.
/// Nothing that the caller says of itself belongs here.
public struct AuthenticatedCaller: Sendable, Equatable {
    /// Such as `ak_…`, `uid:1000` or an agent's DID.
    public let principal: String
    /// The program or package that the principal is enrolled as.
    public let bundle: String

    /// - Throws: `vault.policy_malformed` for an empty or long name, or one with control characters.
    public init(principal: String, bundle: String) throws(VaultError) {
        for name in [principal, bundle] {
            guard (1...RateBook.principalBytes).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else {
                throw VaultError(.policyMalformed, "a principal or bundle has 1 to \(RateBook.principalBytes) bytes")
            }
        }
        self.principal = principal
        self.bundle = bundle
    }

    public static func == (left: AuthenticatedCaller, right: AuthenticatedCaller) -> Bool {
        left.principal.utf8.elementsEqual(right.principal.utf8) && left.bundle.utf8.elementsEqual(right.bundle.utf8)
    }
}

/// Somebody wants to use one version of one artifact.
public struct AccessRequest: Sendable {
    public let caller: AuthenticatedCaller
    public let artifact: ArtifactID
    public let kind: ArtifactKind
    public let manifest: ManifestDigest
    public let right: AccessRight
    public let presence: PresenceAnswer?

    public init(
        _ caller: AuthenticatedCaller, artifact: ArtifactID, kind: ArtifactKind, manifest: ManifestDigest,
        right: AccessRight = .read,
        presence: PresenceAnswer? = nil
    ) {
        self.caller = caller
        self.artifact = artifact
        self.kind = kind
        self.manifest = manifest
        self.right = right
        self.presence = presence
    }
}

/// What the rest of the system knows at the moment of a request.
public struct AccessStanding: Sendable, Equatable {
    /// A writ in force for the manifest's digest and the agent.
    public struct Writ: Sendable, Equatable {
        /// 32 bytes.
        public let id: [UInt8]
        /// The generation of the grant (rule G4): a revocation raises it.
        public let generation: Int64
        /// When the lease ends without renewal (rule G6).
        public let leaseEnd: UTCTime

        public init(id: [UInt8], generation: Int64, leaseEnd: UTCTime) {
            self.id = id
            self.generation = generation
            self.leaseEnd = leaseEnd
        }
    }

    public let isUnlocked: Bool
    /// nil when none is in force.
    public let writ: Writ?
    /// Whether a freeze is in force in whose scope the artifact, the agent or the vault is.
    public let isFrozen: Bool
    public let tier: TierVerdict

    public init(isUnlocked: Bool, writ: Writ?, isFrozen: Bool, tier: TierVerdict) {
        self.isUnlocked = isUnlocked
        self.writ = writ
        self.isFrozen = isFrozen
        self.tier = tier
    }
}
