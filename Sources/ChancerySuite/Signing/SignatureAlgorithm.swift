/// The closed list of signature algorithms. The raw value is the name in records.
public enum SignatureAlgorithm: String, Sendable, CaseIterable, Codable {
    case ed25519 = "Ed25519"
    /// FIPS 204, security category 2; only inside C2SP cosignatures.
    case mlDSA44 = "ML-DSA-44"
    case mlDSA65 = "ML-DSA-65"
    case mlDSA87 = "ML-DSA-87"

    /// Bytes of an encoded public key.
    public var publicKeyBytes: Int {
        switch self {
        case .ed25519: 32
        case .mlDSA44: 1312
        case .mlDSA65: 1952
        case .mlDSA87: 2592
        }
    }

    /// Bytes of a signature.
    public var signatureBytes: Int {
        switch self {
        case .ed25519: 64
        case .mlDSA44: 2420
        case .mlDSA65: 3309
        case .mlDSA87: 4627
        }
    }

    /// Whether a quantum computer is known to break it.
    public var isClassical: Bool { self == .ed25519 }

    /// FIPS 204's number for the parameter set; nil for Ed25519.
    var parameterSet: Int32? {
        switch self {
        case .ed25519: nil
        case .mlDSA44: 44
        case .mlDSA65: 65
        case .mlDSA87: 87
        }
    }
}
