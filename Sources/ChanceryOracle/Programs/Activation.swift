public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// A program that may run: somebody with the right to say so did, and this custodian checked it itself.
///
/// Made only by verification. It says nothing about freezes: those stop the meter (``Meter/suspend(at:)``).
public struct Activation: Sendable {
    /// Who let the program run.
    public enum Authority: Sendable, Equatable {
        /// K or more custodians, ascending.
        case approvals([DID])
        /// A decision of the committee, by the id of its proposal.
        case decision([UInt8])
    }

    public let terms: ActivationTerms
    public let custodians: CustodianSet
    public let policy: ComputePolicy
    public let authority: Authority

    /// Counts `approvals`: at least K of distinct custodians, each by its own key, for exactly these terms.
    ///
    /// - Throws: `compute.approval_repeated` when a custodian stands twice, `compute.approvals_insufficient` for fewer than K,
    ///   and the errors of ``Approval/verify(_:for:by:)`` for the first one that does not hold.
    public init(
        _ terms: ActivationTerms, policy: ComputePolicy, custodians: CustodianSet, approvals: [UnverifiedRecord]
    ) throws {
        try Self.require(terms, policy, custodians)
        guard approvals.count <= custodians.custodians.count else {
            throw OracleError(.approvalRepeated, "there are more approvals than custodians")
        }
        var approved: [DID] = []
        for record in approvals {
            let approval = try Approval.verify(record, for: terms, by: custodians)
            guard !approved.contains(approval.custodian) else {
                throw OracleError(.approvalRepeated, "`\(approval.custodian.text)` approved twice")
            }
            approved.append(approval.custodian)
        }
        guard approved.count >= custodians.threshold else {
            throw OracleError(
                .approvalsInsufficient, "\(approved.count) of \(custodians.threshold) custodians approved the program")
        }
        self.terms = terms
        self.custodians = custodians
        self.policy = policy
        authority = .approvals(approved.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) })
    }

    /// From ACTIVATE_PROGRAM of the committee.
    ///
    /// - Throws: `compute.approval_foreign` unless the decision names this program, version, policy, the DIDs of exactly these
    ///   custodians, their K, and the terms' epoch as the generation of the program's entry.
    public init(
        _ terms: ActivationTerms, policy: ComputePolicy, custodians: CustodianSet, decided decision: DecidedProgram
    ) throws {
        try Self.require(terms, policy, custodians)
        guard decision.program == terms.program, decision.version.utf8.elementsEqual(terms.version.utf8),
            decision.policy == terms.policy, decision.custodians == custodians.custodians.map(\.did),
            decision.threshold == Int64(custodians.threshold), decision.generation == terms.epoch
        else {
            throw OracleError(
                .approvalForeign, "the decision is for another program, version, policy, set of custodians or epoch")
        }
        self.terms = terms
        self.custodians = custodians
        self.policy = policy
        authority = .decision(decision.proposal)
    }

    private static func require(_ terms: ActivationTerms, _ policy: ComputePolicy, _ custodians: CustodianSet) throws {
        guard try terms.policy == policy.digest, terms.custodians == custodians.digest else {
            throw OracleError(.approvalForeign, "the terms name another policy or another set of custodians")
        }
    }
}

/// The fields of a program's entry in the committee's state, taken from a decision that is in force (rule G1).
///
/// The caller verifies the decision and its freshness; a certificate alone is not enough.
public struct DecidedProgram: Sendable, Hashable {
    public let program: [UInt8]
    public let version: String
    public let policy: [UInt8]
    /// Ascending.
    public let custodians: [DID]
    public let threshold: Int64
    /// How often the program was activated: the epoch.
    public let generation: Int64
    /// The id of the proposal.
    public let proposal: [UInt8]

    public init(
        program: [UInt8], version: String, policy: [UInt8], custodians: [DID], threshold: Int64, generation: Int64,
        proposal: [UInt8]
    ) {
        self.program = program
        self.version = version
        self.policy = policy
        self.custodians = custodians.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        self.threshold = threshold
        self.generation = generation
        self.proposal = proposal
    }
}
