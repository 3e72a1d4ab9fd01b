public import ChanceryLedger
internal import ChancerySuite

/// PiQrypt's encrypted key files (PQKY v1 and v2), both ways.
public enum PiQryptKeys {
    public static func isKeyFile(_ bytes: [UInt8]) -> Bool { bytes.starts(with: Array("PQKY".utf8)) }

    /// The AISS key of an identity as a key file: v1 holds the Ed25519 seed, v2 the 4032-byte ML-DSA-65 key.
    public static func export(
        _ identity: OpenIdentity, _ version: PiQryptKeyFile.Version, _ passphrase: borrowing Passphrase
    ) throws -> [UInt8] {
        let parts = identity.keys.aiss.parts
        let salt = SystemRandom.bytes(version.saltBytes)
        let nonce = SystemRandom.bytes(AEAD.nonceBytes)
        switch version {
        case .v1:
            guard let seed = parts[0].exportSeed() else { throw NodeError(.keyMissing, "the Ed25519 key has no seed") }
            return try PiQryptKeyFile.encode(seed, version: .v1, passphrase: passphrase, salt: salt, nonce: nonce)
        case .v2:
            let expanded = try parts[1].exportExpandedMLDSA65()
            return try PiQryptKeyFile.encode(expanded, version: .v2, passphrase: passphrase, salt: salt, nonce: nonce)
        }
    }

    /// Makes an identity whose AISS keys come from key files; without a v2 file its ML-DSA-65 key is fresh.
    public static func makeIdentity(
        _ name: IdentityName, classical: [UInt8], postQuantum: [UInt8]?, passphrase: borrowing Passphrase,
        protection: KeyProtection, keeper: IdentityKeeper
    ) throws -> IdentityDocument {
        let first = try PiQryptKeyFile(decoding: classical)
        guard first.version == .v1 else { throw NodeError(.rejected, "the first file must be a PQKY v1 key (Ed25519)") }
        let seed = try first.open(passphrase)
        guard let postQuantum else {
            return try keeper.create(
                name, adoptingEd25519: seed, mlDSA65: SecretBytes.random(count: 32), protection: protection)
        }
        let second = try PiQryptKeyFile(decoding: postQuantum)
        guard second.version == .v2 else { throw NodeError(.rejected, "the second file must be a PQKY v2 key (ML-DSA-65)") }
        let expanded = try second.open(passphrase)
        return try keeper.create(name, adoptingEd25519: seed, mlDSA65: expanded, protection: protection)
    }
}
