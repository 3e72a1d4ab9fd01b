public import ChancerySuite

/// Seals under a key that lives and dies with this object. For tests and for vaults that are meant to be forgotten.
public final class MemoryBackend: CustodyBackend {
    private let key: SecretBytes

    public init() { key = .random(count: AEAD.keyBytes) }

    public let capabilities = CustodyCapabilities(
        name: CustodyLabel(trusted: "memory"),
        summary: "in the memory of this process: nothing opens after it ends; no hardware",
        placement: .process, isHardwareBacked: false, isExtractable: true)

    public func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
        let nonce = SystemRandom.bytes(AEAD.nonceBytes)
        let header = SealedSecret.header(capabilities.name, label)
        let sealed = try AEADSecret.seal(secret, key: key, nonce: nonce, authenticating: header)
        return try SealedSecret(backend: capabilities.name, label: label, payload: nonce + sealed)
    }

    public func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
        try sealed.check(capabilities, label)
        return try AEADSecret.open(
            Array(sealed.payload.dropFirst(AEAD.nonceBytes)), key: key,
            nonce: Array(sealed.payload.prefix(AEAD.nonceBytes)),
            authenticating: SealedSecret.header(capabilities.name, label))
    }
}

/// AES-256-GCM over a secret, with the copies erased.
package enum AEADSecret {
    package static func seal(
        _ secret: borrowing SecretBytes, key: borrowing SecretBytes, nonce: [UInt8], authenticating header: [UInt8]
    ) throws(VaultError) -> [UInt8] {
        guard secret.count <= SealedSecret.maximumSecretBytes else {
            throw VaultError(.custodyMalformed, "a secret has at most \(SealedSecret.maximumSecretBytes) bytes")
        }
        var plain = secret.copyForExport()
        defer { SecretBytes.erase(&plain) }
        do {
            return try AEAD.seal(plain, key: key, nonce: nonce, authenticating: header)
        } catch {
            throw VaultError(.custodyFailed, "the secret could not be sealed")
        }
    }

    package static func open(
        _ sealed: [UInt8], key: borrowing SecretBytes, nonce: [UInt8], authenticating header: [UInt8]
    ) throws(VaultError) -> SecretBytes {
        let wrong = VaultError(.wrongSecret, "the secret does not open: wrong secret, or the file was changed")
        guard let plain = try? AEAD.open(sealed, key: key, nonce: nonce, authenticating: header), !plain.isEmpty else {
            throw wrong
        }
        var bytes = plain
        return SecretBytes(erasing: &bytes)
    }
}
