internal import Crypto
internal import Foundation

/// The key encapsulation mechanisms of the suite. The raw value is the name in records.
public enum EncapsulationAlgorithm: String, Sendable, CaseIterable {
    /// ML-KEM-768 with X25519 (draft-connolly-cfrg-xwing-kem, HPKE 0x647a): the default for sealing.
    case xWing = "X-Wing"
    case mlKEM768 = "ML-KEM-768"
    case mlKEM1024 = "ML-KEM-1024"

    public var seedBytes: Int { self == .xWing ? 32 : 64 }
    public var publicKeyBytes: Int {
        switch self {
        case .xWing: 1216
        case .mlKEM768: 1184
        case .mlKEM1024: 1568
        }
    }
    public var ciphertextBytes: Int {
        switch self {
        case .xWing: 1120
        case .mlKEM768: 1088
        case .mlKEM1024: 1568
        }
    }
}

/// A private decapsulation key, kept as its seed in erased memory.
///
/// The library's own key object exists only while an operation runs, as the library does not erase it; ``expanded()`` keeps it.
public final class DecapsulationKey: Sendable {
    public let algorithm: EncapsulationAlgorithm
    public let publicKey: [UInt8]
    private let seed: SecretBytes
    private let kept: LibraryPrivateKey?

    /// From a seed of ``EncapsulationAlgorithm/seedBytes`` bytes.
    public convenience init(_ algorithm: EncapsulationAlgorithm, seed: consuming SecretBytes) throws(SuiteError) {
        try self.init(algorithm, seed: seed, isExpanded: false)
    }

    /// - Parameter isExpanded: whether the library's key object stays as long as this one does; see ``expanded()``.
    package init(
        _ algorithm: EncapsulationAlgorithm, seed: consuming SecretBytes, isExpanded: Bool
    ) throws(SuiteError) {
        guard seed.count == algorithm.seedBytes else {
            throw SuiteError(.invalidKey, "an \(algorithm.rawValue) seed has \(algorithm.seedBytes) bytes, found \(seed.count)")
        }
        let key: LibraryPrivateKey
        do { key = try LibraryPrivateKey(algorithm, seed) } catch {
            throw SuiteError(.invalidKey, "the \(algorithm.rawValue) seed was refused")
        }
        self.algorithm = algorithm
        publicKey = key.publicKey
        kept = isExpanded ? key : nil
        self.seed = consume seed
    }

    public static func generate(_ algorithm: EncapsulationAlgorithm = .xWing) throws(SuiteError) -> DecapsulationKey {
        try DecapsulationKey(algorithm, seed: .random(count: algorithm.seedBytes))
    }

    /// The same key for many operations in a row: what the library makes of the seed, which takes longer than to use it, is
    /// made once. Let it go when they are done: the library does not erase that memory.
    package func expanded() throws(SuiteError) -> DecapsulationKey {
        try DecapsulationKey(algorithm, seed: seed.duplicate(), isExpanded: true)
    }

    private func libraryKey() throws -> LibraryPrivateKey { try kept ?? LibraryPrivateKey(algorithm, seed) }

    /// The shared secret that `ciphertext` carries. A changed ciphertext of the right length gives another secret
    /// (implicit rejection, FIPS 203 §6.3), never an error.
    public func decapsulate(_ ciphertext: [UInt8]) throws(SuiteError) -> SecretBytes {
        guard ciphertext.count == algorithm.ciphertextBytes else {
            throw SuiteError(.openFailed, "an \(algorithm.rawValue) ciphertext has \(algorithm.ciphertextBytes) bytes")
        }
        do {
            let key = try libraryKey().decapsulate(ciphertext)
            var bytes = unsafe key.withUnsafeBytes { bytes in unsafe Array(bytes) }
            return SecretBytes(erasing: &bytes)
        } catch {
            throw SuiteError(.openFailed, "the ciphertext does not decapsulate")
        }
    }

    /// Opens what ``EncapsulationKey/seal(_:info:authenticating:)`` sealed (HPKE base mode, X-Wing only).
    public func open(_ sealed: SealedMessage, info: [UInt8], authenticating data: [UInt8] = []) throws(SuiteError) -> [UInt8] {
        var recipient = try recipient(of: sealed.encapsulatedKey, info: info)
        do {
            return Array(try recipient.open(Data(sealed.ciphertext), authenticating: Data(data)))
        } catch {
            throw SuiteError(.openFailed, "the sealed message does not open")
        }
    }

    /// The receiving end of an HPKE encapsulation.
    func recipient(of encapsulatedKey: [UInt8], info: [UInt8]) throws(SuiteError) -> HPKE.Recipient {
        guard algorithm == .xWing else { throw SuiteError(.invalidParameters, "HPKE needs an X-Wing key") }
        if case .xWing(let key) = try? libraryKey(),
            let recipient = try? HPKE.Recipient(
                privateKey: key, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data(info),
                encapsulatedKey: Data(encapsulatedKey))
        {
            return recipient
        }
        throw SuiteError(.openFailed, "the sealed message does not open")
    }

    package func exportSeed() -> SecretBytes { seed.duplicate() }
}

/// What HPKE sends: the encapsulated key and the AES-256-GCM ciphertext.
public struct SealedMessage: Sendable, Equatable {
    public let encapsulatedKey: [UInt8]
    public let ciphertext: [UInt8]

    public init(encapsulatedKey: [UInt8], ciphertext: [UInt8]) {
        self.encapsulatedKey = encapsulatedKey
        self.ciphertext = ciphertext
    }
}

/// A fresh shared secret and the ciphertext that carries it to the key's owner.
public struct Encapsulation: ~Copyable, Sendable {
    public let sharedSecret: SecretBytes
    public let ciphertext: [UInt8]
}

/// A public encapsulation key, read once.
public struct EncapsulationKey: Sendable, Equatable {
    public let algorithm: EncapsulationAlgorithm
    public let bytes: [UInt8]
    private let key: LibraryPublicKey

    /// Checks the encoding (FIPS 203 §7.2: every coefficient reduced).
    public init(_ algorithm: EncapsulationAlgorithm, _ bytes: [UInt8]) throws(SuiteError) {
        self.algorithm = algorithm
        self.bytes = bytes
        do { key = try LibraryPublicKey(algorithm, bytes) } catch {
            throw SuiteError(.invalidKey, "the \(algorithm.rawValue) public key was refused")
        }
    }

    public static func == (left: EncapsulationKey, right: EncapsulationKey) -> Bool {
        left.algorithm == right.algorithm && left.bytes == right.bytes
    }

    /// A fresh shared secret and the ciphertext that carries it.
    public func encapsulate() throws(SuiteError) -> Encapsulation {
        do {
            let result = try key.encapsulate()
            var secret = unsafe result.sharedSecret.withUnsafeBytes { bytes in unsafe Array(bytes) }
            return Encapsulation(sharedSecret: SecretBytes(erasing: &secret), ciphertext: Array(result.encapsulated))
        } catch {
            throw SuiteError(.operationFailed, "\(algorithm.rawValue) encapsulation failed")
        }
    }

    /// Seals `plaintext` to this key with HPKE (RFC 9180 base mode: X-Wing, HKDF-SHA256, AES-256-GCM).
    public func seal(_ plaintext: [UInt8], info: [UInt8], authenticating data: [UInt8] = []) throws(SuiteError) -> SealedMessage
    {
        var sender = try sender(info: info)
        do {
            let ciphertext = try sender.seal(Data(plaintext), authenticating: Data(data))
            return SealedMessage(encapsulatedKey: Array(sender.encapsulatedKey), ciphertext: Array(ciphertext))
        } catch {
            throw SuiteError(.operationFailed, "sealing failed")
        }
    }

    /// The sending end of a new HPKE encapsulation.
    func sender(info: [UInt8]) throws(SuiteError) -> HPKE.Sender {
        guard case .xWing(let key) = key else { throw SuiteError(.invalidParameters, "HPKE needs an X-Wing key") }
        do {
            return try HPKE.Sender(
                recipientKey: key, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data(info))
        } catch {
            throw SuiteError(.operationFailed, "sealing failed")
        }
    }
}
