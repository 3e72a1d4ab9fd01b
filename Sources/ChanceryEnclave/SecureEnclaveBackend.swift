#if canImport(CryptoKit) && os(macOS)
    internal import CryptoKit
    public import ChancerySuite
    public import ChanceryVault
    internal import Foundation

    /// Seals to an ML-KEM-768 key that was made in the Secure Enclave of this Mac and does not leave it (CryptoKit,
    /// `SecureEnclave.MLKEM768`, macOS 26).
    ///
    /// **Never run.** The project has no Mac: this file is parsed (`make check`), not compiled, and nothing was tested on a
    /// device. Each secret has a key of its own, whose wrapped form only this enclave reads.
    ///
    /// Payload: `01 | u16 length, wrapped key | encapsulated[1088] | nonce[12] | AES-256-GCM(secret) and tag`. All before
    /// the ciphertext and both names are associated data.
    @available(macOS 26, *)
    public final class SecureEnclaveBackend: CustodyBackend {
        private static let version: UInt8 = 1
        private static let encapsulatedBytes = 1088
        private static let info = Array("chancery/enclave-seal/v1".utf8) + [0]

        public let capabilities: CustodyCapabilities

        /// - Throws: `vault.custody_unavailable` on a machine without a Secure Enclave.
        public init() throws(VaultError) {
            guard SecureEnclave.isAvailable else {
                throw VaultError(.custodyUnavailable, "this machine has no Secure Enclave")
            }
            capabilities = CustodyCapabilities(
                name: try CustodyLabel("secure-enclave"),
                summary: "an ML-KEM-768 key in the Secure Enclave; this code was never run; secrets are in memory while in use",
                placement: .device, isHardwareBacked: true, isExtractable: false, isPostQuantumNative: true)
        }

        public func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
            let head: [UInt8]
            let key: SecretBytes
            do {
                let made = try SecureEnclave.MLKEM768.PrivateKey()
                let wrapped = Array(made.dataRepresentation)
                let result = try made.publicKey.encapsulate()
                let length = UInt16(clamping: wrapped.count)
                head =
                    [Self.version, UInt8(length >> 8), UInt8(truncatingIfNeeded: length)] + wrapped
                    + Array(result.encapsulated) + SystemRandom.bytes(AEAD.nonceBytes)
                key = try Self.derive(result.sharedSecret)
            } catch {
                throw VaultError(.custodyFailed, "the Secure Enclave made no key")
            }
            let sealed = try AEADSecret.seal(
                secret, key: key, nonce: Array(head.suffix(AEAD.nonceBytes)),
                authenticating: SealedSecret.header(capabilities.name, label) + head)
            return try SealedSecret(backend: capabilities.name, label: label, payload: head + sealed)
        }

        public func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
            try sealed.check(capabilities, label)
            let payload = sealed.payload
            let length = payload.count > 3 && payload[0] == Self.version ? Int(payload[1]) << 8 | Int(payload[2]) : 0
            let headBytes = 3 + length + Self.encapsulatedBytes + AEAD.nonceBytes
            guard length > 0, payload.count > headBytes + AEAD.tagBytes else {
                throw VaultError(.custodyMalformed, "the secret sealed by a Secure Enclave is cut or of another version")
            }
            let head = Array(payload[..<headBytes])
            let key: SecretBytes
            do {
                let made = try SecureEnclave.MLKEM768.PrivateKey(dataRepresentation: Data(head[3..<3 + length]))
                let encapsulated = Data(head[(3 + length)..<(3 + length + Self.encapsulatedBytes)])
                key = try Self.derive(made.decapsulate(encapsulated))
            } catch {
                throw VaultError(.wrongSecret, "another Secure Enclave sealed the secret, or it was changed")
            }
            return try AEADSecret.open(
                Array(payload[headBytes...]), key: key, nonce: Array(head.suffix(AEAD.nonceBytes)),
                authenticating: SealedSecret.header(capabilities.name, label) + head)
        }

        private static func derive(_ shared: SymmetricKey) throws -> SecretBytes {
            var bytes = unsafe shared.withUnsafeBytes { bytes in unsafe Array(bytes) }
            return try Derivation.hkdfSHA384(SecretBytes(erasing: &bytes), info: info, count: AEAD.keyBytes)
        }
    }
#endif
