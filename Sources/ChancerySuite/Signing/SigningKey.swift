/// A private key that signs for one purpose.
public final class SigningKey<Use: KeyPurpose>: Sendable {
    public let suite: SignatureSuite
    /// The verifying half.
    public let publicKey: VerifyingKey<Use>
    /// One private key per algorithm of the suite, in its order.
    package let parts: [PrivateSignatureKey]

    /// From the concatenated 32-byte seeds of the suite's algorithms.
    public convenience init(_ suite: SignatureSuite, seed: borrowing SecretBytes) throws(SuiteError) {
        guard seed.count == suite.seedBytes else {
            throw SuiteError(.invalidKey, "a \(suite.rawValue) seed has \(suite.seedBytes) bytes, found \(seed.count)")
        }
        var parts: [PrivateSignatureKey] = []
        for (index, algorithm) in suite.algorithms.enumerated() {
            var bytes = unsafe seed.withBytes { bytes in unsafe Array(bytes[index * 32..<index * 32 + 32]) }
            parts.append(try PrivateSignatureKey(algorithm, seed: SecretBytes(erasing: &bytes)))
        }
        try self.init(suite, parts: parts)
    }

    package init(_ suite: SignatureSuite, parts: [PrivateSignatureKey]) throws(SuiteError) {
        guard parts.map(\.algorithm) == suite.algorithms else {
            throw SuiteError(.invalidKey, "the keys do not form the suite \(suite.rawValue)")
        }
        self.suite = suite
        self.parts = parts
        self.publicKey = try VerifyingKey(suite, parts.flatMap(\.publicKey))
    }

    public static func generate(_ suite: SignatureSuite) throws(SuiteError) -> SigningKey {
        try SigningKey(suite, seed: .random(count: suite.seedBytes))
    }

    /// Signs `body` as a record of type `type`: the FIPS 204 context is the type, and an Ed25519 half signs
    /// `"chancery/ed25519/v1" ‖ 00 ‖ u8 length ‖ type ‖ body` because it has no context (rule K4).
    ///
    /// - Throws: `suite.wrong_purpose` when the purpose belongs to a format without contexts.
    public func sign(_ body: [UInt8], type: String) throws(SuiteError) -> [UInt8] {
        guard Use.signsWithContext else {
            throw SuiteError(.wrongPurpose, "a key for `\(Use.name)` never signs records")
        }
        let context = try RecordContext(type)
        var signature: [UInt8] = []
        for part in parts {
            signature +=
                part.algorithm == .ed25519
                ? try part.sign(context.classicalMessage(body))
                : try part.sign(body, context: context.bytes)
        }
        return signature
    }

    /// The concatenated seeds for a key file; nil when a part has none.
    package func exportSeed() -> SecretBytes? {
        var seeds: [UInt8] = []
        // No growth: a reallocation would leave a copy behind.
        seeds.reserveCapacity(suite.seedBytes)
        for part in parts {
            guard let seed = part.exportSeed() else {
                SecretBytes.erase(&seeds)
                return nil
            }
            var copy = seed.copyForExport()
            seeds += copy
            SecretBytes.erase(&copy)
        }
        return SecretBytes(erasing: &seeds)
    }
}

/// A public key that verifies for one purpose.
public struct VerifyingKey<Use: KeyPurpose>: Sendable, Equatable {
    public let suite: SignatureSuite
    /// The concatenated public keys of the suite's algorithms.
    public let bytes: [UInt8]
    package let parts: [PublicSignatureKey]

    public init(_ suite: SignatureSuite, _ bytes: [UInt8]) throws(SuiteError) {
        guard bytes.count == suite.publicKeyBytes else {
            throw SuiteError(
                .invalidKey, "a \(suite.rawValue) public key has \(suite.publicKeyBytes) bytes, found \(bytes.count)")
        }
        var parts: [PublicSignatureKey] = []
        var rest = bytes[...]
        for algorithm in suite.algorithms {
            parts.append(try PublicSignatureKey.cached(algorithm, Array(rest.prefix(algorithm.publicKeyBytes))))
            rest = rest.dropFirst(algorithm.publicKeyBytes)
        }
        self.suite = suite
        self.bytes = bytes
        self.parts = parts
    }

    /// SHA3-256 over the suite's name, a zero byte and the key: how records name a key.
    public var id: [UInt8] { Digest.sha3_256(Array(suite.rawValue.utf8) + [0] + bytes) }

    /// Whether every half of `signature` is valid for `body` as a record of type `type`.
    public func isValid(_ signature: [UInt8], for body: [UInt8], type: String) -> Bool {
        guard Use.signsWithContext, signature.count == suite.signatureBytes, let context = try? RecordContext(type) else {
            return false
        }
        var rest = signature[...]
        for part in parts {
            let half = Array(rest.prefix(part.algorithm.signatureBytes))
            rest = rest.dropFirst(half.count)
            let valid =
                part.algorithm == .ed25519
                ? part.isValid(half, for: context.classicalMessage(body))
                : part.isValid(half, for: body, context: context.bytes)
            guard valid else { return false }
        }
        return true
    }

    public static func == (left: VerifyingKey, right: VerifyingKey) -> Bool {
        left.suite == right.suite && left.bytes == right.bytes
    }
}

/// The domain that a record's type gives to its signature.
struct RecordContext {
    let bytes: [UInt8]

    init(_ type: String) throws(SuiteError) {
        bytes = Array(type.utf8)
        guard (1...255).contains(bytes.count) else {
            throw SuiteError(.invalidParameters, "a record type has 1 to 255 bytes")
        }
    }

    func classicalMessage(_ body: [UInt8]) -> [UInt8] {
        Array("chancery/ed25519/v1".utf8) + [0, UInt8(bytes.count)] + bytes + body
    }
}
