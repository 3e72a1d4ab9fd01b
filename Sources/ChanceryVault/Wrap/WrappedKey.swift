public import ChancerySuite
internal import ChanceryWire

/// A data key as one recipient can open it.
public struct WrappedKey: Sendable, Equatable {
    public let recipient: RecipientID
    public let algorithm: WrapAlgorithm
    /// What the recipient decapsulates.
    public let encapsulated: [UInt8]
    /// The data key under the key that follows from it.
    public let wrapped: [UInt8]

    /// - Throws: `vault.invalid_record` for lengths that the algorithm does not give.
    public init(
        recipient: RecipientID, algorithm: WrapAlgorithm, encapsulated: [UInt8], wrapped: [UInt8]
    ) throws(VaultError) {
        guard encapsulated.count == algorithm.encapsulation.ciphertextBytes, wrapped.count == algorithm.wrappedBytes else {
            throw VaultError(.invalidRecord, "a wrapped key does not have the lengths of \(algorithm.rawValue)")
        }
        self.recipient = recipient
        self.algorithm = algorithm
        self.encapsulated = encapsulated
        self.wrapped = wrapped
    }

    /// Wraps `dataKey` for the owner of `key`.
    ///
    /// - Throws: `vault.parameter_set_too_weak` and `vault.recipient_unsuitable` for a key that the tier does not take.
    public static func wrap(
        _ dataKey: borrowing SecretBytes, in context: WrapContext, to key: EncapsulationKey
    ) throws -> WrappedKey {
        let algorithm = try WrapAlgorithm.of(context.tier, for: key.algorithm)
        guard dataKey.count == BodyCipher.dataKeyBytes else {
            throw VaultError(.invalidRecord, "a data key has \(BodyCipher.dataKeyBytes) bytes")
        }
        let recipient = RecipientID(key)
        let info = context.info(for: recipient)
        switch algorithm {
        case .xWing:
            var copy = dataKey.copyForExport()
            defer { SecretBytes.erase(&copy) }
            let sealed = try key.seal(copy, info: info)
            return try WrappedKey(
                recipient: recipient, algorithm: algorithm, encapsulated: sealed.encapsulatedKey, wrapped: sealed.ciphertext)
        case .mlKEM1024:
            let capsule = try key.encapsulate()
            let wrapping = try wrappingKey(capsule.sharedSecret, info)
            return try WrappedKey(
                recipient: recipient, algorithm: algorithm, encapsulated: capsule.ciphertext,
                wrapped: KeyWrap.wrap(dataKey, under: wrapping))
        }
    }

    /// The data key.
    ///
    /// - Throws: `vault.no_recipient` when it was wrapped for another key, `vault.parameter_set_too_weak` and
    ///   `vault.recipient_unsuitable` when the tier does not take the algorithm, `vault.unwrap_failed` when it does not open.
    public func unwrap(in context: WrapContext, with key: DecapsulationKey) throws(VaultError) -> SecretBytes {
        guard RecipientID(key) == recipient else { throw VaultError(.noRecipient, "the data key was wrapped for another key") }
        guard try WrapAlgorithm.of(context.tier, for: key.algorithm) == algorithm else {
            throw VaultError(.unwrapFailed, "the wrapped key names another algorithm than its recipient has")
        }
        let info = context.info(for: recipient)
        do {
            switch algorithm {
            case .xWing:
                var bytes = try key.open(SealedMessage(encapsulatedKey: encapsulated, ciphertext: wrapped), info: info)
                return SecretBytes(erasing: &bytes)
            case .mlKEM1024:
                return try KeyWrap.unwrap(wrapped, under: Self.wrappingKey(key.decapsulate(encapsulated), info))
            }
        } catch {
            throw VaultError(.unwrapFailed, "the wrapped data key does not open")
        }
    }

    private static func wrappingKey(
        _ secret: borrowing SecretBytes, _ info: [UInt8]
    ) throws(SuiteError) -> SecretBytes {
        try Derivation.hkdfSHA384(secret, info: info, count: AEAD.keyBytes)
    }
}

extension WrappedKey {
    var json: JSONValue {
        [
            "algorithm": .string(algorithm.rawValue), "encapsulated": .string(Base64.url.encode(encapsulated)),
            "recipient": .string(Hex.encode(recipient.bytes)), "wrapped": .string(Base64.url.encode(wrapped)),
        ]
    }

    init(_ json: JSONValue) throws {
        var reader = try RecordReader(json, "wrapped key")
        guard let algorithm = WrapAlgorithm(rawValue: try reader.string("algorithm", limit: 64)) else {
            throw WireError(.invalidValue, "a wrapped key names an algorithm that is not known")
        }
        try self.init(
            recipient: RecipientID(reader.hex("recipient", count: RecipientID.byteCount)), algorithm: algorithm,
            encapsulated: reader.bytes("encapsulated", count: algorithm.encapsulation.ciphertextBytes),
            wrapped: reader.bytes("wrapped", count: algorithm.wrappedBytes))
        try reader.finish()
    }
}
