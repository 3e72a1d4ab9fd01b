/// The closed list of ways to sign. A hybrid is valid only when every half is.
public enum SignatureSuite: String, Sendable, CaseIterable {
    case mlDSA65 = "ML-DSA-65"
    case mlDSA87 = "ML-DSA-87"
    case hybrid = "Ed25519+ML-DSA-65"
    /// C2SP checkpoints: a classical note signature and a post-quantum cosignature.
    case log = "Ed25519+ML-DSA-44"

    /// The algorithms in the order in which keys and signatures are concatenated.
    public var algorithms: [SignatureAlgorithm] {
        switch self {
        case .mlDSA65: [.mlDSA65]
        case .mlDSA87: [.mlDSA87]
        case .hybrid: [.ed25519, .mlDSA65]
        case .log: [.ed25519, .mlDSA44]
        }
    }

    public var publicKeyBytes: Int { algorithms.reduce(0) { $0 + $1.publicKeyBytes } }
    public var signatureBytes: Int { algorithms.reduce(0) { $0 + $1.signatureBytes } }
    public var seedBytes: Int { algorithms.count * 32 }
}
