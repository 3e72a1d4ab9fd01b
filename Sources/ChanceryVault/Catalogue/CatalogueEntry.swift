public import ChanceryWire

/// One version of one artifact, as the catalogue knows it: ids and digests, no key and no content.
public struct CatalogueEntry: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        case live
        /// Deleted here; a backup together with the old root could still open it.
        case unlinked
        /// Deleted, and the keys that could open it anywhere are destroyed.
        case destroyed
    }

    public let artifact: ArtifactID
    /// Counted from 1.
    public let version: Int64
    public let name: ArtifactName
    public let kind: ArtifactKind
    public let tier: PrivacyTier
    public let manifest: ManifestDigest
    /// The id of the sealing's record: 32 bytes. Sealing again under another key changes it.
    public let sealing: [UInt8]
    public let dataKey: DataKeyID
    /// The vault's number of the newest keyring.
    public internal(set) var keyring: Int64
    /// The key that wraps the data key for the vault itself.
    public internal(set) var wrappingKey: VaultKeyID
    /// Bytes of content of all files.
    public let length: Int64
    public let put: UTCTime
    public internal(set) var status: Status = .live

    /// - Throws: `vault.event_malformed` for a version, number or length out of bounds, a sealing that is no digest, or a
    ///   wrapping key of another kind.
    public init(
        artifact: ArtifactID, version: Int64, name: ArtifactName, kind: ArtifactKind, tier: PrivacyTier,
        manifest: ManifestDigest, sealing: [UInt8], dataKey: DataKeyID, keyring: Int64, wrappingKey: VaultKeyID,
        length: Int64, put: UTCTime
    ) throws(VaultError) {
        let safe = CanonicalForm.largestSafeInteger
        guard (1...safe).contains(version), (1...safe).contains(keyring), (0...safe).contains(length), sealing.count == 32,
            wrappingKey.kind == .wrapping(kind)
        else { throw VaultError(.eventMalformed, "the entry of `\(artifact.text)` is out of bounds") }
        self.artifact = artifact
        self.version = version
        self.name = name
        self.kind = kind
        self.tier = tier
        self.manifest = manifest
        self.sealing = sealing
        self.dataKey = dataKey
        self.keyring = keyring
        self.wrappingKey = wrappingKey
        self.length = length
        self.put = put
    }

    var members: JSONObject {
        [
            "artifact": .string(artifact.text), "data_key": .string(dataKey.text), "keyring": .integer(keyring),
            "kind": .string(kind.rawValue), "length": .integer(length), "manifest": .string(manifest.text),
            "name": .string(name.text), "put": .string(put.text), "sealing": .string(Hex.encode(sealing)),
            "tier": .integer(Int64(tier.rawValue)), "version": .integer(version), "wrapping_key": .string(wrappingKey.text),
        ]
    }

    init(_ reader: inout RecordReader) throws {
        guard let kind = ArtifactKind(rawValue: try reader.string("kind", limit: 64)),
            let tier = PrivacyTier(rawValue: UInt8(try reader.integer("tier", in: 0...4)))
        else { throw VaultError(.eventMalformed, "the entry names an unknown kind or tier") }
        try self.init(
            artifact: ArtifactID(reader.string("artifact", limit: 64)), version: reader.integer("version"),
            name: ArtifactName(reader.string("name", limit: ArtifactName.maximumBytes)), kind: kind, tier: tier,
            manifest: ManifestDigest(reader.string("manifest", limit: 64)), sealing: reader.hex("sealing", count: 32),
            dataKey: DataKeyID(reader.string("data_key", limit: 32)), keyring: reader.integer("keyring"),
            wrappingKey: VaultKeyID(reader.string("wrapping_key", limit: 64)), length: reader.integer("length"),
            put: reader.time("put"))
    }
}
