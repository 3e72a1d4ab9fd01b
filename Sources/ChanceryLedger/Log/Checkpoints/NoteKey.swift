public import ChancerySuite
public import ChanceryWire

/// A verifier key as text (`name+id+base64`, c2sp.org/signed-note): what a log publishes for its readers.
public struct NoteKey: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of signature that a log of ours makes.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// Ed25519 over the note text.
        case ed25519 = 0x01
        /// A timestamped ML-DSA-44 cosignature (c2sp.org/tlog-cosignature).
        case mlDSA44Cosignature = 0x06

        var algorithm: SignatureAlgorithm {
            switch self {
            case .ed25519: .ed25519
            case .mlDSA44Cosignature: .mlDSA44
            }
        }
    }

    public let name: NoteName
    public let kind: Kind
    /// The encoded public key.
    public let publicKey: [UInt8]
    /// The first four bytes of SHA-256(name ‖ 0A ‖ kind ‖ key), most significant first.
    public let id: UInt32

    /// - Throws: `wire.invalid_value` when the key does not have the length of its kind.
    public init(name: NoteName, kind: Kind, publicKey: [UInt8]) throws(WireError) {
        let length = kind.algorithm.publicKeyBytes
        guard publicKey.count == length else {
            throw WireError(.invalidValue, "an \(kind.algorithm.rawValue) key has \(length) bytes, found \(publicKey.count)")
        }
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        id = Digest.sha256(name.bytes + [0x0a, kind.rawValue] + publicKey).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The two keys of a log: the Ed25519 one and the ML-DSA-44 one, both by the log's own name.
    public static func keys(of key: VerifyingKey<Purpose.Log>, name: NoteName) throws(WireError) -> [NoteKey] {
        guard key.suite == .log else {
            throw WireError(.invalidValue, "a log signs with \(SignatureSuite.log.rawValue), not \(key.suite.rawValue)")
        }
        let edge = SignatureAlgorithm.ed25519.publicKeyBytes
        return [
            try NoteKey(name: name, kind: .ed25519, publicKey: Array(key.bytes[..<edge])),
            try NoteKey(name: name, kind: .mlDSA44Cosignature, publicKey: Array(key.bytes[edge...])),
        ]
    }

    /// `name+id+base64(kind ‖ key)`.
    public var text: String {
        "\(name)+\(Hex.encode(idBytes))+\(Base64.standard.encode([kind.rawValue] + publicKey))"
    }
    public var description: String { text }

    private var idBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: id >> UInt32(24 - 8 * $0)) } }

    /// Reads exactly what ``text`` writes: an id that does not belong to the key is refused.
    public init(_ text: some StringProtocol) throws(WireError) {
        guard text.utf8.count <= 4096 else { throw WireError(.tooLong, "a verifier key has at most 4096 bytes") }
        // The name holds no `+`, the id neither; base64 may.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw WireError(.invalidValue, "a verifier key reads `name+id+base64`") }
        let payload = try Base64.standard.decode(parts[2])
        guard let first = payload.first, let kind = Kind(rawValue: first) else {
            throw WireError(.invalidValue, "a verifier key of an unknown kind")
        }
        try self.init(name: NoteName(parts[0]), kind: kind, publicKey: Array(payload.dropFirst()))
        guard try Hex.decode(parts[1], count: 4) == idBytes else {
            throw WireError(.invalidValue, "the id `\(parts[1])` does not belong to the verifier key")
        }
    }
}
