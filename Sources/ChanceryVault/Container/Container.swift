public import ChancerySuite

/// The three records of one version of an artifact, each verified and all of them about the same thing (rule V1).
public struct Container: Sendable {
    public let manifest: Manifest
    public let sealing: Sealing
    public let keyring: SignedKeyring

    /// - Throws: `vault.record_mismatch` when one belongs to another vault, manifest, tier or data key.
    public init(manifest: Manifest, sealing: Sealing, keyring: SignedKeyring) throws(VaultError) {
        guard sealing.manifest == manifest.digest else {
            throw VaultError(.recordMismatch, "the sealing belongs to another manifest")
        }
        guard keyring.batch.vault == manifest.terms.vault else {
            throw VaultError(.recordMismatch, "the keyring belongs to another vault")
        }
        let context = WrapContext(manifest: manifest.digest, dataKey: sealing.dataKey, tier: manifest.terms.tier)
        guard keyring.keyring.context == context else {
            throw VaultError(.recordMismatch, "the keyring belongs to another manifest, data key or tier")
        }
        self.manifest = manifest
        self.sealing = sealing
        self.keyring = keyring
    }

    /// Verifies the three records with the vault's key.
    public static func verify(
        manifest: [UInt8], sealing: [UInt8], keyring: [UInt8], by key: VerifyingKey<Purpose.Record>
    ) throws -> Container {
        let manifest = try Manifest.verify(manifest, by: key)
        return try Container(
            manifest: manifest, sealing: Sealing.verify(sealing, of: manifest, by: key),
            keyring: SignedKeyring.verify(keyring, by: key))
    }

    /// What opens the body at `path`, once `body`, its first ``BodyHeader/byteCount`` bytes, were compared with the sealing.
    ///
    /// - Throws: `vault.no_file`, `vault.body_altered` for another header, `vault.wrong_key` for another data key.
    public func cipher(
        for path: FilePath, header: BodyHeader, dataKey: borrowing SecretBytes
    ) throws(VaultError) -> BodyCipher {
        guard try sealing.file(path).header == header else {
            throw VaultError(.bodyAltered, "the body of `\(path)` starts with another header than the sealing says")
        }
        return try BodyCipher(opening: header, context: bodyContext(path), dataKey: dataKey)
    }

    /// What the body at `path` is bound to.
    public func bodyContext(_ path: FilePath) throws(VaultError) -> BodyContext {
        try BodyContext(
            vault: manifest.terms.vault, artifact: manifest.terms.artifact, version: manifest.terms.version, path: path,
            dataKey: sealing.dataKey, tier: manifest.terms.tier)
    }
}
