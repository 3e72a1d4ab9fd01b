public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// Any record of the package, told by its members.
///
/// Read only: nothing makes a record, a ballot or a grant of ours out of it (rule L7).
public enum ReferenceRecord: Sendable {
    case proposal(ReferenceProposal)
    case vote(ReferenceVote)
    case result(ReferenceResult)

    /// - Throws: ``WireError`` naming the member that is missing, unknown, too long or not in its one form.
    public init(_ record: JSONValue) throws(WireError) {
        if record["vote"] != nil {
            self = .vote(try ReferenceVote(record))
        } else if record["included_vote_ids"] != nil {
            self = .result(try ReferenceResult(record))
        } else {
            self = .proposal(try ReferenceProposal(record))
        }
    }

    public var kind: ReferenceRecordKind {
        switch self {
        case .proposal: .proposal
        case .vote: .vote
        case .result: .result
        }
    }

    /// Who claims to have signed it.
    public var signer: DID {
        switch self {
        case .proposal(let proposal): proposal.proposer
        case .vote(let vote): vote.voter
        case .result(let result): result.coordinator
        }
    }

    /// What it says, in one line.
    public var summary: String {
        switch self {
        case .proposal(let proposal): "\(proposal.kind.rawValue) of \(proposal.subject): \(proposal.title)"
        case .vote(let vote): "\(vote.choice.rawValue) on \(vote.proposalID)"
        case .result(let result):
            "\(result.passed ? "passed" : "rejected") \(result.proposalID): \(result.reason); "
                + "\(result.includedVotes.count) votes claimed, none shown"
        }
    }

    /// Whether a pinned key of its signer signed it.
    public func verdict(_ keyring: ReferenceKeyring) -> ReferenceRecordVerdict {
        switch self {
        case .proposal(let proposal): proposal.verdict(keyring)
        case .vote(let vote): vote.verdict(keyring)
        case .result(let result): result.verdict(keyring)
        }
    }
}

extension ReferenceKeyring {
    /// Pins the key in `record` if it is that of one of `trusted`: a DID of the package is the hash of its key, so whoever
    /// knows the DID by another way than the record knows the key.
    public mutating func pin(keyOf record: JSONValue, among trusted: Set<DID>) {
        guard let text = record["public_key"]?.string, let key = try? Hex.decode(text), trusted.contains(DID(hashing: key)),
            let algorithm = ReferenceSignature.algorithms.first(where: { $0.publicKeyBytes == key.count })
        else { return }
        _ = try? pin(key, algorithm: algorithm)
    }
}
