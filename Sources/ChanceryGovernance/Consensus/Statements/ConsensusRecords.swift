public import ChanceryLedger
public import ChancerySuite

/// Statements as signed records, verified with the keys that the members have: all that a stranger needs.
public struct ConsensusRecords: ConsensusVerifier {
    /// Longest record of one statement in bytes.
    public static let maximumBytes = 16_384

    public init() {}

    public func decode<Statement: ConsensusStatement>(
        _ bytes: [UInt8], as type: Statement.Type
    ) throws(GovernanceError) -> Claimed<Statement> {
        let record: UnverifiedRecord
        do {
            record = try UnverifiedRecord(decoding: bytes, limit: Self.maximumBytes)
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
        return Claimed(try Statement(body: record.body), bytes: bytes, record: record)
    }

    public func verify<Statement: ConsensusStatement>(
        _ claimed: Claimed<Statement>, in members: ConsensusMembers
    ) throws(GovernanceError) -> Attested<Statement> {
        guard let member = members[claimed.statement.signer] else {
            throw GovernanceError(.consensusForeign, "`\(claimed.statement.signer)` is no member of epoch \(members.epoch)")
        }
        guard let key = member.key else {
            throw GovernanceError(.consensusSignature, "the committee has no key for `\(member.did)`")
        }
        // Decoded again where the caller made the claim: what is returned must be what was signed.
        let record: UnverifiedRecord
        if let known = claimed.record {
            record = known
        } else {
            let decoded = try decode(claimed.bytes, as: Statement.self)
            guard decoded.statement == claimed.statement, let known = decoded.record else {
                throw GovernanceError(.consensusSignature, "the record says something else")
            }
            record = known
        }
        do {
            _ = try record.verify(type: Statement.type, by: key)
        } catch {
            throw GovernanceError(.consensusSignature, "\(error)")
        }
        return Attested(claimed.statement, bytes: claimed.bytes)
    }
}

/// As ``ConsensusRecords``, and signs for the member whose key it holds.
public struct ConsensusSigner: ConsensusAuthority {
    private let did: DID
    private let key: SigningKey<Purpose.Consensus>
    private let records = ConsensusRecords()

    public init(_ did: DID, _ key: SigningKey<Purpose.Consensus>) {
        self.did = did
        self.key = key
    }

    public func sign<Statement: ConsensusStatement>(_ statement: Statement) throws(GovernanceError) -> Attested<Statement> {
        guard statement.signer == did else {
            throw GovernanceError(.consensusSigning, "the statement is to be signed by `\(statement.signer)`")
        }
        do {
            let record = try VerifiedRecord.sign(statement.body, type: Statement.type, by: key)
            return Attested(statement, bytes: record.bytes)
        } catch {
            throw GovernanceError(.consensusSigning, "\(error)")
        }
    }

    public func decode<Statement: ConsensusStatement>(
        _ bytes: [UInt8], as type: Statement.Type
    ) throws(GovernanceError) -> Claimed<Statement> {
        try records.decode(bytes, as: type)
    }

    public func verify<Statement: ConsensusStatement>(
        _ claimed: Claimed<Statement>, in members: ConsensusMembers
    ) throws(GovernanceError) -> Attested<Statement> {
        try records.verify(claimed, in: members)
    }
}
