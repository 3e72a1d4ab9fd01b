import ChanceryWire

/// What a body is bound to: it opens as this file of this version of this artifact in this vault and tier alone (rule V1).
public struct BodyContext: Sendable, Equatable {
    public let vault: VaultID
    public let artifact: ArtifactID
    public let version: Int64
    public let path: FilePath
    public let dataKey: DataKeyID
    public let tier: PrivacyTier

    /// RFC 8785 of the members, as it goes into the derivation of the key.
    public let bytes: [UInt8]

    /// - Throws: `vault.invalid_record` for a version that is not counted from 1.
    public init(
        vault: VaultID, artifact: ArtifactID, version: Int64, path: FilePath, dataKey: DataKeyID, tier: PrivacyTier
    ) throws(VaultError) {
        let json: JSONObject = [
            "artifact": .string(artifact.text), "data_key": .string(dataKey.text), "path": .string(path.text),
            "tier": .integer(Int64(tier.rawValue)), "vault": .string(vault.text), "version": .integer(version),
        ]
        guard version > 0, let bytes = try? CanonicalForm.jcs.encode(json) else {
            throw VaultError(.invalidRecord, "versions are counted from 1")
        }
        self.vault = vault
        self.artifact = artifact
        self.version = version
        self.path = path
        self.dataKey = dataKey
        self.tier = tier
        self.bytes = bytes
    }
}
