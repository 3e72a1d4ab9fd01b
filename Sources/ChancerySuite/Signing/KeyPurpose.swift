/// What a signing key is for. One key, one purpose (rule K1): keys are typed by it and verifiers demand it.
///
/// Purposes of our own records sign with a FIPS 204 context, so they can never collide with each other. Formats that
/// others own sign with an empty context and therefore get a key each.
public protocol KeyPurpose: Sendable {
    /// The name in identity documents.
    static var name: String { get }
    /// Whether signatures carry a context; a key that does never signs a format without one.
    static var signsWithContext: Bool { get }
}

extension KeyPurpose {
    public static var signsWithContext: Bool { true }
}

/// The purposes of the first rooms.
public enum Purpose {
    /// Identity documents and rotation; names the DID.
    public enum Root: KeyPurpose { public static let name = "root" }
    /// Records of an agent: batch seals, handshakes, sessions, exports.
    public enum Record: KeyPurpose { public static let name = "record" }
    /// AISS-1 and AISS-2.1 events, whose formats have no context.
    public enum AISS: KeyPurpose {
        public static let name = "aiss"
        public static let signsWithContext = false
    }
    /// C2SP checkpoints and their cosignature by the log itself (types 0x01 and 0x06).
    public enum Log: KeyPurpose {
        public static let name = "log"
        public static let signsWithContext = false
    }
    /// Proposals and ballots of a member's people.
    public enum Ballot: KeyPurpose { public static let name = "ballot" }
    /// Blocks and votes of a member's node.
    public enum Consensus: KeyPurpose { public static let name = "consensus" }
    /// Signed requests (RFC 9421 `ml-dsa-65`, whose context is empty) and the HIP-5 envelope.
    public enum HTTP: KeyPurpose {
        public static let name = "http"
        public static let signsWithContext = false
    }
}
