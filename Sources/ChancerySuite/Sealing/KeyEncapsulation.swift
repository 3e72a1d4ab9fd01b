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
/// The library's own key object exists only while an operation runs and is not erased by the library.
public final class DecapsulationKey: Sendable {
    public let algorithm: EncapsulationAlgorithm
    public let publicKey: [UInt8]
    private let seed: SecretBytes

    /// From a seed of ``EncapsulationAlgorithm/seedBytes`` bytes.
    public init(_ algorithm: EncapsulationAlgorithm, seed: consuming SecretBytes) throws(SuiteError) {
        guard seed.count == algorithm.seedBytes else {
            throw SuiteError(.invalidKey, "an \(algorithm.rawValue) seed has \(algorithm.seedBytes) bytes, found \(seed.count)")
        }
        do {
            publicKey = try unsafe seed.withBytes { bytes in
                let data = unsafe Data(bytes)
                switch algorithm {
                case .xWing:
                    return Array(
                        try XWingMLKEM768X25519.PrivateKey(seedRepresentation: data, publicKey: nil).publicKey.rawRepresentation
                    )
                case .mlKEM768:
                    return Array(try MLKEM768.PrivateKey(seedRepresentation: data, publicKey: nil).publicKey.rawRepresentation)
                case .mlKEM1024:
                    return Array(try MLKEM1024.PrivateKey(seedRepresentation: data, publicKey: nil).publicKey.rawRepresentation)
                }
            }
        } catch {
            throw SuiteError(.invalidKey, "the \(algorithm.rawValue) seed was refused")
        }
        self.algorithm = algorithm
        self.seed = consume seed
    }

    public static func generate(_ algorithm: EncapsulationAlgorithm = .xWing) throws(SuiteError) -> DecapsulationKey {
        try DecapsulationKey(algorithm, seed: .random(count: algorithm.seedBytes))
    }

    /// The shared secret that `ciphertext` carries. A changed ciphertext of the right length gives another secret
    /// (implicit rejection, FIPS 203 §6.3), never an error.
    public func decapsulate(_ ciphertext: [UInt8]) throws(SuiteError) -> SecretBytes {
        guard ciphertext.count == algorithm.ciphertextBytes else {
            throw SuiteError(.openFailed, "an \(algorithm.rawValue) ciphertext has \(algorithm.ciphertextBytes) bytes")
        }
        do {
            let key = try unsafe seed.withBytes { bytes in
                let data = unsafe Data(bytes)
                switch algorithm {
                case .xWing:
                    return try XWingMLKEM768X25519.PrivateKey(seedRepresentation: data, publicKey: nil).decapsulate(
                        Data(ciphertext))
                case .mlKEM768:
                    return try MLKEM768.PrivateKey(seedRepresentation: data, publicKey: nil).decapsulate(ciphertext)
                case .mlKEM1024:
                    return try MLKEM1024.PrivateKey(seedRepresentation: data, publicKey: nil).decapsulate(ciphertext)
                }
            }
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
        do {
            return try unsafe seed.withBytes { bytes in
                try HPKE.Recipient(
                    privateKey: XWingMLKEM768X25519.PrivateKey(seedRepresentation: unsafe Data(bytes), publicKey: nil),
                    ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data(info),
                    encapsulatedKey: Data(encapsulatedKey))
            }
        } catch {
            throw SuiteError(.openFailed, "the sealed message does not open")
        }
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

/// A public encapsulation key.
public struct EncapsulationKey: Sendable, Equatable {
    public let algorithm: EncapsulationAlgorithm
    public let bytes: [UInt8]

    /// Checks the encoding (FIPS 203 §7.2: every coefficient reduced).
    public init(_ algorithm: EncapsulationAlgorithm, _ bytes: [UInt8]) throws(SuiteError) {
        self.algorithm = algorithm
        self.bytes = bytes
        do {
            switch algorithm {
            case .xWing: _ = try XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes)
            case .mlKEM768: _ = try MLKEM768.PublicKey(rawRepresentation: bytes)
            case .mlKEM1024: _ = try MLKEM1024.PublicKey(rawRepresentation: bytes)
            }
        } catch {
            throw SuiteError(.invalidKey, "the \(algorithm.rawValue) public key was refused")
        }
    }

    /// A fresh shared secret and the ciphertext that carries it.
    public func encapsulate() throws(SuiteError) -> Encapsulation {
        do {
            let result: KEM.EncapsulationResult =
                switch algorithm {
                case .xWing: try XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes).encapsulate()
                case .mlKEM768: try MLKEM768.PublicKey(rawRepresentation: bytes).encapsulate()
                case .mlKEM1024: try MLKEM1024.PublicKey(rawRepresentation: bytes).encapsulate()
                }
            var secret = unsafe result.sharedSecret.withUnsafeBytes { bytes in unsafe Array(bytes) }
            return Encapsulation(sharedSecret: SecretBytes(erasing: &secret), ciphertext: Array(result.encapsulated))
        } catch {
            throw SuiteError(.operationFailed, "\(algorithm.rawValue) encapsulation failed")
        }
    }

    /// Seals `plaintext` to this key with HPKE (RFC 9180 base mode: X-Wing, HKDF-SHA256, AES-256-GCM).
    public func seal(_ plaintext: [UInt8], info: [UInt8], authenticating data: [UInt8] = []) throws(SuiteError) -> SealedMessage
    {
        guard algorithm == .xWing else { throw SuiteError(.invalidParameters, "HPKE needs an X-Wing key") }
        do {
            var sender = try HPKE.Sender(
                recipientKey: XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes),
                ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data(info))
            let ciphertext = try sender.seal(Data(plaintext), authenticating: Data(data))
            return SealedMessage(encapsulatedKey: Array(sender.encapsulatedKey), ciphertext: Array(ciphertext))
        } catch {
            throw SuiteError(.operationFailed, "sealing failed")
        }
    }
}
