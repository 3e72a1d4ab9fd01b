internal import ChancerySuite
public import ChanceryWire

/// Which version of AISS an event follows; later versions compare greater.
public enum EventProfile: String, Sendable, CaseIterable, Comparable {
    /// One Ed25519 signature: not post-quantum.
    case aiss1 = "AISS-1.0"
    /// Both signatures over the AISS-1 form. Read, never written.
    case aiss20 = "AISS-2.0"
    /// Both signatures over RFC 8785 bytes with a domain.
    case aiss21 = "AISS-2.1"

    private var rank: Int {
        switch self {
        case .aiss1: 0
        case .aiss20: 1
        case .aiss21: 2
        }
    }

    public static func < (left: EventProfile, right: EventProfile) -> Bool { left.rank < right.rank }

    /// The bytes that are hashed and signed are written in this form.
    public var form: CanonicalForm { self == .aiss21 ? .jcs : .aiss1 }

    /// Whether an event carries an ML-DSA-65 signature beside the Ed25519 one.
    public var isHybrid: Bool { self != .aiss1 }

    /// Digits of an event hash: SHA-256 or, for AISS-2.1, SHA-512.
    public var hashDigits: Int { self == .aiss21 ? 128 : 64 }

    /// The `previous_hash` of the first event of a chain in this profile.
    public func genesisHash(of agent: AgentID, classicalKey: [UInt8]) -> String {
        switch self {
        case .aiss1, .aiss20: Hex.encode(Digest.sha256(classicalKey))
        case .aiss21:
            Hex.encode(Digest.sha512(Array("PiQrypt-AISS-2.1-genesis".utf8) + [0] + Array(agent.text.utf8)))
        }
    }
}

/// The domains under which AISS-2.1 keys sign; both halves sign the same bytes, with an empty FIPS 204 context.
enum HybridDomain: String {
    case event = "PiQrypt-AISS-2.1"
    case binding = "PiQrypt-AISS-2.1-binding"
    case rotation = "PiQrypt-AISS-2.1-rotation"

    /// `domain ‖ 00 ‖ u8 length ‖ "Ed25519+ML-DSA-65" ‖ 00 ‖ body`.
    func message(_ body: [UInt8]) -> [UInt8] {
        let suite = SignatureSuite.hybrid.rawValue.utf8
        var message: [UInt8] = []
        message.reserveCapacity(rawValue.utf8.count + suite.count + body.count + 3)
        message += rawValue.utf8
        message += [0, UInt8(suite.count)]
        message += suite
        message.append(0)
        message += body
        return message
    }
}
