internal import ChancerySuite

/// A root under which seeds are wrapped. Its public key is read once, for all of them.
public struct SeedParent: Sendable {
    public let id: VaultKeyID
    let key: EncapsulationKey

    /// - Throws: `vault.key_purpose` for another key than a root, `vault.key_malformed` for one that cannot be read.
    public init(_ root: KeyStatement) throws(VaultError) {
        guard root.kind == .root else { throw VaultError(.keyPurpose, "no seed is wrapped under `\(root.id)`") }
        do { key = try EncapsulationKey(.mlKEM1024, root.publicKey) } catch {
            throw VaultError(.keyMalformed, "the public key of `\(root.id)` is none of ML-KEM-1024")
        }
        id = root.id
    }
}
