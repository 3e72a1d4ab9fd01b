public import ChancerySuite
public import ChanceryWire

/// How sure the statement of a device is.
public enum AssuranceLevel: String, Sendable, CaseIterable, Comparable {
    /// A key in a file or in memory.
    case software
    /// A key that a TPM released after a measured boot.
    case tpm
    /// A key that a vendor's secure element holds and vouches for.
    case vendor

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    public static func < (left: AssuranceLevel, right: AssuranceLevel) -> Bool { left.rank < right.rank }
}

/// A device states what its vault holds: which content, under which root of the catalogue, with which keys, in answer to a
/// verifier's nonce.
///
/// It has all fields of pqc-enclave-sdk's attestation and what that one lacks. The verifier knows the key from its
/// enrolment; the record carries none.
public struct DeviceAttestation: Sendable {
    public static let type = "chancery/vault-attestation/v1"
    /// Longest life in seconds.
    public static let longestLifetime: Int64 = 3600
    public static let nameBytes = 255
    public static let mostKeys = 64

    public struct Terms: Sendable, Equatable {
        public let deviceID: String
        public let deviceModel: String
        public let enclaveVendor: String
        public let artifact: ArtifactID
        /// 32 bytes: the digest of the content as the manifest has it, or the seed's flat SHA3-256.
        public let contentHash: [UInt8]
        public let manifest: ManifestDigest
        public let vault: VaultID
        /// The root of the catalogue: 32 bytes.
        public let vaultRoot: [UInt8]
        /// Events folded into that root.
        public let vaultCounter: Int64
        /// Wrapping keys in use for the artifact, ascending.
        public let keys: [VaultKeyID]
        public let assurance: AssuranceLevel
        /// The verifier's: 32 bytes.
        public let nonce: [UInt8]
        public let issued: UTCTime
        public let expires: UTCTime

        /// - Throws: `vault.attestation_malformed` for names, hashes, keys or a lifetime out of bounds.
        public init(
            deviceID: String, deviceModel: String, enclaveVendor: String, artifact: ArtifactID, contentHash: [UInt8],
            manifest: ManifestDigest, vault: VaultID, vaultRoot: [UInt8], vaultCounter: Int64, keys: [VaultKeyID],
            assurance: AssuranceLevel, nonce: [UInt8], issued: UTCTime, lifetime: Int64 = 300
        ) throws(VaultError) {
            try self.init(
                deviceID, deviceModel, enclaveVendor, artifact, contentHash, manifest, vault, vaultRoot, vaultCounter,
                keys.sorted(), assurance, nonce, issued, issued.advanced(bySeconds: min(max(lifetime, 0), .max / 2000)))
        }

        fileprivate init(
            _ deviceID: String, _ deviceModel: String, _ enclaveVendor: String, _ artifact: ArtifactID,
            _ contentHash: [UInt8], _ manifest: ManifestDigest, _ vault: VaultID, _ vaultRoot: [UInt8],
            _ vaultCounter: Int64, _ keys: [VaultKeyID], _ assurance: AssuranceLevel, _ nonce: [UInt8], _ issued: UTCTime,
            _ expires: UTCTime
        ) throws(VaultError) {
            for name in [deviceID, deviceModel, enclaveVendor] {
                guard (1...nameBytes).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                    throw VaultError(.attestationMalformed, "names of a device have 1 to \(nameBytes) bytes")
                }
            }
            guard contentHash.count == 32, vaultRoot.count == 32, nonce.count == 32,
                (0...CanonicalForm.largestSafeInteger).contains(vaultCounter)
            else { throw VaultError(.attestationMalformed, "hashes, root and nonce have 32 bytes") }
            guard keys.count <= mostKeys, zip(keys, keys.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw VaultError(.attestationMalformed, "at most \(mostKeys) keys are named, each once, in ascending order")
            }
            guard issued < expires, expires <= issued.advanced(bySeconds: longestLifetime) else {
                throw VaultError(.attestationMalformed, "an attestation lives 1 to \(longestLifetime) seconds")
            }
            self.deviceID = deviceID
            self.deviceModel = deviceModel
            self.enclaveVendor = enclaveVendor
            self.artifact = artifact
            self.contentHash = contentHash
            self.manifest = manifest
            self.vault = vault
            self.vaultRoot = vaultRoot
            self.vaultCounter = vaultCounter
            self.keys = keys
            self.assurance = assurance
            self.nonce = nonce
            self.issued = issued
            self.expires = expires
        }
    }

    public let record: VerifiedRecord
    public let terms: Terms

    /// Signs `terms` with the device's enrolled key.
    public static func sign(_ terms: Terms, by signer: RecordSigner) throws -> DeviceAttestation {
        var body = terms.json
        body["salt"] = .string(Base64.url.encode(SystemRandom.bytes(16)))
        return DeviceAttestation(record: try VerifiedRecord.sign(body, type: type, by: [signer]), terms: terms)
    }
}

extension DeviceAttestation.Terms {
    var json: JSONObject {
        [
            "artifact_content_hash": .string(Hex.encode(contentHash)), "artifact_id": .string(artifact.text),
            "assurance": .string(assurance.rawValue), "device_id": .string(deviceID), "device_model": .string(deviceModel),
            "enclave_vendor": .string(enclaveVendor), "expires_at": .string(expires.text), "issued_at": .string(issued.text),
            "keys": .array(keys.map { .string($0.text) }), "manifest": .string(manifest.text),
            "nonce": .string(Base64.url.encode(nonce)), "vault": .string(vault.text),
            "vault_counter": .integer(vaultCounter), "vault_root": .string(Hex.encode(vaultRoot)),
        ]
    }

    init(_ body: JSONObject) throws {
        var reader = RecordReader(body, "attestation")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        guard let assurance = AssuranceLevel(rawValue: try reader.string("assurance", limit: 16)) else {
            throw VaultError(.attestationMalformed, "assurance is `software`, `tpm` or `vendor`")
        }
        let keys = try reader.array("keys", limit: DeviceAttestation.mostKeys).map { try VaultKeyID($0.string ?? "") }
        try self.init(
            reader.string("device_id", limit: DeviceAttestation.nameBytes),
            reader.string("device_model", limit: DeviceAttestation.nameBytes),
            reader.string("enclave_vendor", limit: DeviceAttestation.nameBytes),
            ArtifactID(reader.string("artifact_id", limit: 64)), reader.hex("artifact_content_hash", count: 32),
            ManifestDigest(reader.string("manifest", limit: 64)), VaultID(reader.string("vault", limit: 32)),
            reader.hex("vault_root", count: 32), reader.integer("vault_counter"), keys, assurance,
            reader.bytes("nonce", count: 32), reader.time("issued_at"), reader.time("expires_at"))
        try reader.finish()
    }
}

extension VaultError.Reason {
    /// An attestation is not in order.
    public static let attestationMalformed = Self(rawValue: "vault.attestation_malformed")
    /// The device, its key, or what it claims of itself is not in the trust list.
    public static let attestationUntrusted = Self(rawValue: "vault.attestation_untrusted")
    /// The attestation is too old, not yet valid, or answers another nonce.
    public static let attestationStale = Self(rawValue: "vault.attestation_stale")
    /// The vault has another root than the one that the verifier expects.
    public static let attestationRoot = Self(rawValue: "vault.attestation_root")
}
