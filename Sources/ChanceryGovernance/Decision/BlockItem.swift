internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What a block orders: the proof that a member contradicted itself, or a proposal with the ballots that passed it.
public enum BlockItem: Sendable {
    case ballotEquivocation(BallotEquivocation)
    case consensusEquivocation(ConsensusEquivocation)
    case certificate(BallotCertificate)

    /// Verifies an item of a block after `state`, in the committee that decides it.
    ///
    /// - Throws: `governance.block_invalid` for an unknown type, and what the document throws.
    public init(verifying value: JSONValue, after state: GovernanceState) throws {
        switch value["type"]?.string {
        case BallotEquivocation.type?:
            self = .ballotEquivocation(try BallotEquivocation(verifying: value, in: state.committee))
        case ConsensusEquivocation.type?:
            let proof = try ConsensusEquivocation(decoding: CanonicalForm.jcs.encode(value))
            try proof.verify(against: ConsensusMembers(state.committee))
            self = .consensusEquivocation(proof)
        case BallotCertificate.type?:
            self = .certificate(try BallotCertificate(verifying: value, after: state))
        default: throw GovernanceError(.blockInvalid, "a block holds evidence and certificates")
        }
    }

    /// The document as it stands in a block.
    public var json: JSONValue {
        get throws {
            switch self {
            case .ballotEquivocation(let proof): try proof.json
            case .consensusEquivocation(let proof): try JSONParser.parse(proof.encoded())
            case .certificate(let certificate): try certificate.json
            }
        }
    }

    /// The member that an item of evidence is about.
    var culprit: DID? {
        switch self {
        case .ballotEquivocation(let proof): proof.voter
        case .consensusEquivocation(let proof): proof.member
        case .certificate: nil
        }
    }

    /// Evidence first, so that it excludes in its own block; then what only restricts; the roster last (rules G2, G10).
    var rank: Int {
        guard case .certificate(let certificate) = self else { return 0 }
        let kind = certificate.proposal.kind
        return kind.changesRoster ? 3 : kind.isRestrictive ? 1 : 2
    }
}
