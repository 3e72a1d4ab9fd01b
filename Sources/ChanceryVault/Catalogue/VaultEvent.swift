internal import ChancerySuite
public import ChanceryWire

/// What a vault writes into its chain: ids and digests. Everything that the catalogue, the keys and the windows of uses know
/// can be folded from these again.
public enum VaultEvent: Sendable, Equatable {
    case put(CatalogueEntry)
    case rewrap(Rewrap)
    case delete(Deletion)
    case access(Access)
    case refusal(Refusal)
    case key(KeyEvent)
    case policy(PolicyChange)
    case session(Session)
    case attestation(Attested)
    case inference(Inference)
    case grant(LocalGrant)
    /// By the id of the grant: 32 bytes.
    case revocation([UInt8])

    /// Data keys were wrapped anew; one signed batch of keyrings says how.
    public struct Rewrap: Sendable, Equatable {
        public static let mostItems = 4096

        public struct Item: Sendable, Equatable {
            public let artifact: ArtifactID
            public let version: Int64
            public let wrappingKey: VaultKeyID

            public init(artifact: ArtifactID, version: Int64, wrappingKey: VaultKeyID) {
                self.artifact = artifact
                self.version = version
                self.wrappingKey = wrappingKey
            }
        }

        /// The id of the batch's record: 32 bytes.
        public let batch: [UInt8]
        /// The number of the keyring of the first item; the others follow in order.
        public let first: Int64
        public let items: [Item]

        public init(batch: [UInt8], first: Int64, items: [Item]) {
            self.batch = batch
            self.first = first
            self.items = items
        }
    }

    /// Versions were deleted, or it is known that nothing can bring them back.
    public struct Deletion: Sendable, Equatable {
        public let artifact: ArtifactID
        /// All versions when nil.
        public let version: Int64?
        /// `unlinked` first, `destroyed` when the old root is gone.
        public let status: CatalogueEntry.Status

        public init(artifact: ArtifactID, version: Int64?, status: CatalogueEntry.Status) {
            self.artifact = artifact
            self.version = version
            self.status = status
        }
    }

    /// A permit was given.
    public struct Access: Sendable, Equatable {
        public let artifact: ArtifactID
        public let kind: ArtifactKind
        public let manifest: ManifestDigest
        public let principal: String
        public let right: AccessRight
        /// 32 bytes.
        public let writ: [UInt8]
        public let generation: Int64
        public let time: UTCTime
        /// Who was there; nil where nobody was asked.
        public let present: String?

        public init(_ permit: Permit, kind: ArtifactKind, at time: UTCTime) {
            artifact = permit.artifact
            self.kind = kind
            manifest = permit.manifest
            principal = permit.principal
            right = permit.right
            writ = permit.writ
            generation = permit.generation
            present = permit.present
            self.time = time
        }
    }

    /// Something was refused, or did not open.
    public struct Refusal: Sendable, Equatable {
        /// Such as `get`, `unlock`, `put`.
        public let operation: String
        /// Error codes, in order.
        public let codes: [String]
        public let detail: String
        /// Who asked, as far as it is known.
        public let principal: String
        public let artifact: ArtifactID?

        /// Whoever was refused chose some of these texts: they are clipped, so that the event can be read again.
        public init(of operation: String, _ codes: [String], detail: String, principal: String, artifact: ArtifactID? = nil) {
            self.operation = operation.clipped(to: 64)
            self.codes = codes.prefix(AccessRefusal.allCases.count).map { $0.clipped(to: 128) }
            self.detail = detail.asErrorDetail.clipped(to: 1024)
            self.principal = principal.clipped(to: RateBook.principalBytes)
            self.artifact = artifact
        }
    }

    /// Another access policy holds.
    public struct PolicyChange: Sendable, Equatable {
        /// SHA3-256 of the policy.
        public let policy: [UInt8]
        /// Of the one that held; nil for the first.
        public let previous: [UInt8]?

        /// - Parameter previous: the hash of the policy that held.
        public init(_ policy: AccessPolicy, replacing previous: [UInt8]?) {
            self.policy = policy.hash
            self.previous = previous
        }
    }

    /// The vault was unlocked or locked.
    public struct Session: Sendable, Equatable {
        public enum Change: String, Sendable, CaseIterable {
            case unlocked
            /// On purpose, for every process that held it.
            case locked
            /// The time to live was over, or the root was replaced by another process.
            case expired
            /// The process that held it ended.
            case ended
        }

        public let change: Change
        /// Where the root rests; nil for a lock by a process that held nothing.
        public let backend: CustodyLabel?
        /// Who asked for it; nil where nobody did: its time was over, its process ended.
        public let principal: String?

        public init(_ change: Change, backend: CustodyLabel?, by principal: String? = nil) {
            self.change = change
            self.backend = backend
            self.principal = principal?.clipped(to: RateBook.principalBytes)
        }
    }

    /// An attestation was given out.
    public struct Attested: Sendable, Equatable {
        public let artifact: ArtifactID
        /// The id of the signed record: 32 bytes.
        public let record: [UInt8]

        public init(_ attestation: DeviceAttestation) {
            artifact = attestation.terms.artifact
            record = attestation.record.id
        }
    }

    /// The `event_type` of every event.
    public static let eventTypes: Set<String> = [
        "vault_put", "vault_rewrap", "vault_delete", "vault_access", "vault_refused", KeyEvent.eventType, "vault_policy",
        "vault_session", "vault_attest", "vault_inference", "vault_grant", "vault_revoke",
    ]
}

extension String {
    /// The longest beginning of whole code points within `limit` bytes.
    func clipped(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var clipped = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            clipped.append(scalar)
        }
        return String(clipped)
    }
}

extension VaultError.Reason {
    /// An event is none of the vault's, or is not in order.
    public static let eventMalformed = Self(rawValue: "vault.event_malformed")
}
