package import ChancerySuite

extension GovernanceError.Reason {
    /// A statement that its signer did not sign.
    public static let consensusSignature = Self(rawValue: "governance.consensus_signature")
    /// A statement of nobody in this committee, or for another place.
    public static let consensusForeign = Self(rawValue: "governance.consensus_foreign")
    /// A statement that this node may not or cannot sign.
    public static let consensusSigning = Self(rawValue: "governance.consensus_signing")
}

/// A statement as it came: nobody has checked who signed it.
public struct Claimed<Statement: ConsensusStatement>: Sendable {
    public let statement: Statement
    /// The exact bytes.
    public let bytes: [UInt8]
    let record: UnverifiedRecord?

    package init(_ statement: Statement, bytes: [UInt8], record: UnverifiedRecord? = nil) {
        self.statement = statement
        self.bytes = bytes
        self.record = record
    }
}

/// A statement that its signer signed.
public struct Attested<Statement: ConsensusStatement>: Sendable {
    public let statement: Statement
    /// The exact bytes: what is stored, and sent again.
    public let bytes: [UInt8]

    package init(_ statement: Statement, bytes: [UInt8]) {
        self.statement = statement
        self.bytes = bytes
    }

    /// To be sent: the reader trusts nothing.
    public var claimed: Claimed<Statement> { Claimed(statement, bytes: bytes) }
}

/// Reads and checks statements.
public protocol ConsensusVerifier: Sendable {
    /// Reads the form and refuses what is too long, before any signature is looked at.
    func decode<Statement: ConsensusStatement>(
        _ bytes: [UInt8], as type: Statement.Type
    ) throws(GovernanceError) -> Claimed<Statement>

    /// - Throws: `governance.consensus_foreign` when the signer is no member, `governance.consensus_signature`.
    func verify<Statement: ConsensusStatement>(
        _ claimed: Claimed<Statement>, in members: ConsensusMembers
    ) throws(GovernanceError) -> Attested<Statement>
}

/// Also signs in the name of one member.
public protocol ConsensusAuthority: ConsensusVerifier {
    func sign<Statement: ConsensusStatement>(_ statement: Statement) throws(GovernanceError) -> Attested<Statement>
}
