internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// A proposal of ours in the package's words, so that a result can name it.
public struct ReferenceTranslation: Sendable {
    /// `urn:pqc-gov-prop:` and the first 16 bytes of our id.
    public let id: String
    /// The nine members that the package hashes and a proposer signs. The proposer signed our form, not this one.
    public let members: JSONObject
    /// What a result names.
    public let hash: [UInt8]

    /// - Throws: `governance.no_reference_kind` for what the package has no word for.
    public init(_ proposal: Proposal) throws {
        guard ReferenceProposalKind(rawValue: proposal.kind.rawValue) != nil else {
            throw GovernanceError(.noReferenceKind, "pqc-ai-governance has no `\(proposal.kind.rawValue)`")
        }
        let terms = proposal.terms
        id = "urn:pqc-gov-prop:" + Hex.encode(proposal.id.prefix(16))
        members = [
            "proposal_id": .string(id), "kind": .string(proposal.kind.rawValue),
            "subject_id": .string(Self.subject(of: proposal.parameters)), "title": .string(terms.title),
            "description": .string(terms.description), "proposer_did": .string(terms.proposer.text),
            "parameters": try proposal.parameters.json, "created_at": .string(terms.created.referenceText),
            "expires_at": .string(terms.expires.referenceText),
        ]
        hash = try ReferenceForm.digest(of: members, .proposal)
    }

    private static func subject(of parameters: ProposalParameters) -> String {
        switch parameters {
        case .updatePolicy(let policy): Hex.encode(policy)
        case .addNode(let enrolment, _): enrolment.did.text
        case .removeNode(let did): did.text
        case .emergencyFreeze(let scope, _, _): scope.text
        case .delegation(let terms): terms.delegate.text
        default: parameters.subject?.text ?? ""
        }
    }
}

extension ReferenceSigner {
    /// The result of a proposal that the votes of `certificate` passed, decided at `time` by a committee of weight `total`.
    /// Votes are named by their records' ids; who reads the result has to take this signer's word for them.
    ///
    /// - Throws: `governance.no_reference_kind`.
    public func result(of certificate: BallotCertificate, total: Int64, at time: UTCTime) throws -> ReferenceResult {
        let proposal = try ReferenceTranslation(certificate.proposal)
        let weights = certificate.weights
        let decision = ReferenceDecision(
            ground: .passed, reason: "quorum met, supermajority approve",
            weights: ReferenceWeights(approve: weights.approve, reject: weights.reject, abstain: weights.abstain),
            total: total)
        return try result(
            of: (proposal.id, proposal.hash), decision,
            included: certificate.ballots.map { "urn:pqc-gov-vote:" + Hex.encode($0.record.id.prefix(16)) }, at: time)
    }
}

extension GovernanceError.Reason {
    /// A kind of proposal that pqc-ai-governance has no word for.
    public static let noReferenceKind = Self(rawValue: "governance.no_reference_kind")
}
