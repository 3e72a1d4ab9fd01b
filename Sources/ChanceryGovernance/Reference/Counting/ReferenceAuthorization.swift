/// A result that somebody put into an authorization chain.
public struct ReferenceGrant: Sendable {
    public let subject: String
    public let kind: ReferenceProposalKind
    /// The text in the result; only `passed` counts.
    public let decision: String
    /// Whether proposal and result were signed with pinned keys and belong together.
    public let isVerified: Bool

    /// As the package takes it: subject and kind are what the caller says, and the result is not looked at.
    public init(claiming kind: ReferenceProposalKind, for subject: String, decision: String) {
        self.subject = subject
        self.kind = kind
        self.decision = decision
        isVerified = false
    }

    /// Subject and kind are read from the proposal that the result names by its hash. The grant is verified when the
    /// pinned keys of proposer and coordinator signed both.
    public init(_ result: ReferenceResult, of proposal: ReferenceProposal, _ keyring: ReferenceKeyring) {
        subject = proposal.subject
        kind = proposal.kind
        decision = result.passed ? "passed" : "rejected"
        isVerified =
            result.proposalHash == proposal.hash && result.proposalID.utf8.elementsEqual(proposal.id.utf8)
            && proposal.verdict(keyring).isAccepted && result.verdict(keyring).isAccepted
    }
}

/// The package's authorization chain of one subject, for reading what it answered.
///
/// It has no expiry, no scope and no order but that of insertion; freezes, delegations, policies and members are names
/// without effect, and an old grant that is added again counts again. Nothing of ours is authorized by it (rule L7).
public struct ReferenceAuthorization: Sendable {
    /// Which grants count.
    public enum Counting: Sendable {
        /// All, as in the package.
        case everything
        /// Those that pinned keys signed.
        case verified
    }

    public let subject: String
    public private(set) var grants: [ReferenceGrant] = []

    public init(subject: String) { self.subject = subject }

    /// Appends a grant for this subject and says whether it was one: the package raises `GovernanceError` otherwise.
    public mutating func add(_ grant: ReferenceGrant) -> Bool {
        guard grant.subject.utf8.elementsEqual(subject.utf8) else { return false }
        grants.append(grant)
        return true
    }

    /// The package's `is_authorized`: the last passed grant of the kind or of its counterpart decides.
    public func isAuthorized(_ kind: ReferenceProposalKind, counting: Counting) -> Bool {
        var authorized = false
        for grant in grants where grant.decision.utf8.elementsEqual("passed".utf8) {
            if case .verified = counting, !grant.isVerified { continue }
            if grant.kind == kind {
                authorized = true
            } else if grant.kind == kind.counterpart {
                authorized = false
            }
        }
        return authorized
    }
}
