public import ChanceryArithmetic
internal import ChancerySuite

/// An owner's secrets as every custodian and the coordinator may know them: masked. The masks are shares under the epoch's
/// keys, which no t custodians can put together.
public struct InstalledSecrets: Sendable, Hashable {
    public let program: ProgramContext
    /// The index of the purpose ``StreamPurpose/secrets`` under which they were installed.
    public let index: UInt64
    /// Δ = secret + mask, in the order of the circuit's secrets.
    public let masked: [FieldElement]

    /// For a program without secrets, and for what a custodian kept.
    public init(_ program: ProgramContext, index: UInt64, masked: [FieldElement]) {
        self.program = program
        self.index = index
        self.masked = masked
    }

    /// SHA3-256 over everything above: custodians of one evaluation must agree on it.
    public var digest: [UInt8] {
        Digest.sha3_256(
            Array("chancery/threshold/secrets/v1".utf8) + [0] + program.encoding + ProgramContext.bigEndian(index)
                + masked.flatMap(\.bytes))
    }
}

/// How an evaluation ended for a custodian. It never holds a result: only the client can put that together.
public struct EvaluationReport: Sendable, Hashable {
    public let session: SessionID
    public let indices: Range<UInt64>
    public let assurance: Assurance
    /// Custodians whose wrong shares were put right.
    public let liars: [Int]
    /// Custodians without whom the session went on.
    public let dropped: [Int]
    /// SHA-256 of the client's masked values.
    public let submission: [UInt8]
    /// SHA-256 of all values that were opened.
    public let transcript: [UInt8]
}
