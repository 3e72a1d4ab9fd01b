internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Documents of a federation that nobody signs as a whole, because what counts in them is signed inside or pinned.
enum GovernanceDocument {
    static let kinds: Set<String> = [
        Genesis.type, Decision.type, BallotCertificate.type, BallotEquivocation.type, ConsensusEquivocation.type,
    ]

    /// Who signed a proposal or ballot, by which it is found.
    static func signer(of type: String, _ body: JSONObject) -> String? {
        switch type {
        case Proposal.type: body["proposer"]?.string
        case Ballot.type: body["voter"]?.string
        default: nil
        }
    }

    static func record(_ kind: String, _ bytes: [UInt8]) throws -> NewRecord {
        switch kind {
        case Genesis.type: return try NewRecord(Genesis(decoding: bytes))
        case Decision.type:
            let decision = try Decision(decoding: bytes)
            let context = decision.block.context
            return try NewRecord(
                kind: kind, id: decision.id.bytes, bytes: bytes, agent: context.proposer.text, time: context.time.milliseconds)
        default:
            let limit = kind == BallotCertificate.type ? BallotCertificate.maximumBytes : ConsensusEquivocation.maximumBytes
            let value = try JSONParser.parse(bytes, limits: .init(bytes: limit, depth: 16))
            guard try CanonicalForm.jcs.encode(value) == bytes, value["type"]?.string == kind else {
                throw WireError(.notCanonical, "a proof is not in canonical form")
            }
            return try NewRecord(kind: kind, id: Digest.sha3_256(bytes), bytes: bytes, agent: kind, time: 0)
        }
    }
}

extension NewRecord {
    init(_ genesis: Genesis) throws {
        try self.init(
            kind: Genesis.type, id: genesis.federation.bytes, bytes: genesis.bytes, agent: genesis.federation.text,
            time: genesis.time.milliseconds)
    }
}
