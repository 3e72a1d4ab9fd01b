internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Signatures as numbers that only their member knows how to make, by convention: the simulator hands each member its own
/// secret. They cost nothing, so that thousands of clusters can run.
struct SymbolicAuthority: ConsensusAuthority {
    /// Who signs here.
    let did: DID
    /// The secrets of all, to verify with.
    let secrets: [DID: UInt64]

    func sign<Statement: ConsensusStatement>(_ statement: Statement) throws(GovernanceError) -> Attested<Statement> {
        guard statement.signer == did else {
            throw GovernanceError(.consensusSigning, "`\(did)` does not sign for `\(statement.signer)`")
        }
        return Attested(statement, bytes: Self.bytes(statement, tag(statement)))
    }

    func decode<Statement: ConsensusStatement>(
        _ bytes: [UInt8], as type: Statement.Type
    ) throws(GovernanceError) -> Claimed<Statement> {
        guard let value = try? JSONParser.parse(bytes), let body = value["body"]?.object else {
            throw GovernanceError(.consensusMalformed, "no symbolic statement")
        }
        return Claimed(try Statement(body: body), bytes: bytes)
    }

    func verify<Statement: ConsensusStatement>(
        _ claimed: Claimed<Statement>, in members: ConsensusMembers
    ) throws(GovernanceError) -> Attested<Statement> {
        guard members[claimed.statement.signer] != nil else {
            throw GovernanceError(.consensusForeign, "`\(claimed.statement.signer)` is no member of epoch \(members.epoch)")
        }
        guard claimed.bytes.suffix(18).elementsEqual("\(Self.text(tag(claimed.statement)))\"}".utf8) else {
            throw GovernanceError(.consensusSignature, "the tag is not the signer's")
        }
        return Attested(claimed.statement, bytes: claimed.bytes)
    }

    /// A statement in the name of somebody whose secret is not known.
    static func forged<Statement: ConsensusStatement>(_ statement: Statement) -> Claimed<Statement> {
        Claimed(statement, bytes: bytes(statement, 0))
    }

    /// `{"body":{…},"tag":"…"}`: JSON, so that it fits into documents.
    private static func bytes(_ statement: some ConsensusStatement, _ tag: UInt64) -> [UInt8] {
        var body = statement.body
        body["type"] = .string(type(of: statement).type)
        let document: JSONObject = ["body": .object(body), "tag": .string(text(tag))]
        return (try? CanonicalForm.jcs.encode(document)) ?? []
    }

    private static func text(_ tag: UInt64) -> String {
        Hex.encode((0..<8).map { UInt8(truncatingIfNeeded: tag >> (56 - 8 * $0)) })
    }

    /// Mixes every member of the statement under the signer's secret.
    private func tag(_ statement: some ConsensusStatement) -> UInt64 {
        var state = secrets[statement.signer] ?? 0
        func mix(_ word: UInt64) { state = SimulatedRandom.mix((state ^ word) &+ 0x9e37_79b9_7f4a_7c15) }
        func mix(_ digest: Digest256?) {
            guard let digest else { return mix(1) }
            for word in Self.words(digest.bytes) { mix(word) }
        }
        mix(statement.place.federation)
        mix(statement.place.committee)
        mix(UInt64(bitPattern: statement.place.epoch))
        mix(UInt64(bitPattern: statement.place.slot))
        mix(UInt64(bitPattern: statement.place.round))
        for word in Self.words(statement.signer.bytes) { mix(word) }
        switch statement {
        case let vote as ConsensusVote:
            mix(vote.phase == .prevote ? 2 : 3)
            mix(vote.value)
        case let proposal as ConsensusProposal:
            mix(UInt64(bitPattern: proposal.validRound ?? -1) ^ 4)
            mix(proposal.value)
        default: break
        }
        return state
    }

    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<min(start + 8, bytes.count)].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
