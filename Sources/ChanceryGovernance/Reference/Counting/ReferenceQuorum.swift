public import ChanceryWire

/// The weight behind each choice.
public struct ReferenceWeights: Sendable, Equatable {
    public var approve: Int64
    public var reject: Int64
    public var abstain: Int64

    public init(approve: Int64 = 0, reject: Int64 = 0, abstain: Int64 = 0) {
        self.approve = approve
        self.reject = reject
        self.abstain = abstain
    }

    /// Adds the weight of one member.
    ///
    /// - Throws: `wire.number_out_of_range` when a sum leaves 63 bits.
    public mutating func add(_ weight: Int64, for choice: ReferenceChoice) throws(WireError) {
        switch choice {
        case .approve: approve = try Self.sum([approve, weight])
        case .reject: reject = try Self.sum([reject, weight])
        case .abstain: abstain = try Self.sum([abstain, weight])
        }
    }

    /// The sum of `weights`, or an error when it leaves 63 bits.
    public static func sum(_ weights: some Sequence<Int64>) throws(WireError) -> Int64 {
        var total: Int64 = 0
        for weight in weights {
            let (sum, overflow) = total.addingReportingOverflow(weight)
            guard !overflow else { throw WireError(.numberOutOfRange, "the sum of the weights is beyond 63 bits") }
            total = sum
        }
        return total
    }
}

/// What the package's rule says about weights, and why.
public struct ReferenceDecision: Sendable, Equatable {
    public enum Ground: String, Sendable, CaseIterable {
        case passed
        case zeroTotalWeight = "zero-total-weight"
        case participation
        case allAbstain = "all-abstain"
        case approval
    }

    public let ground: Ground
    /// The text that the package puts into results.
    public let reason: String
    public let weights: ReferenceWeights
    public let total: Int64

    public init(ground: Ground, reason: String, weights: ReferenceWeights, total: Int64) {
        self.ground = ground
        self.reason = reason
        self.weights = weights
        self.total = total
    }

    public var passed: Bool { ground == .passed }
    /// The `decision` of results.
    public var text: String { passed ? "passed" : "rejected" }
}

/// The package's quorum policy: enough of the weight takes part, then enough of those with an opinion approve.
///
/// It reads what the package decided and decides nothing of ours: a quarter of the weight passes a proposal when the rest
/// abstains, and thresholds and weights may have any sign. A share equal to its threshold meets it.
public struct ReferenceQuorum: Sendable, Equatable {
    /// How a share is compared with a threshold.
    public enum Arithmetic: Sendable {
        /// As fractions of integers.
        case exact
        /// As the package does, in doubles; differs from ``exact`` only for weights near 2^53 and beyond.
        case doubles
    }

    public let participation: ReferenceThreshold
    public let approval: ReferenceThreshold
    public let arithmetic: Arithmetic

    public init(participation: ReferenceThreshold, approval: ReferenceThreshold, arithmetic: Arithmetic = .exact) {
        self.participation = participation
        self.approval = approval
        self.arithmetic = arithmetic
    }

    /// - Throws: `wire.number_out_of_range` when the weights do not add up within 63 bits.
    public func decide(_ weights: ReferenceWeights, total: Int64) throws(WireError) -> ReferenceDecision {
        let opinions = try ReferenceWeights.sum([weights.approve, weights.reject])
        let taking = try ReferenceWeights.sum([opinions, weights.abstain])
        let (ground, reason): (ReferenceDecision.Ground, String) =
            if total == 0 {
                (.zeroTotalWeight, "total weight is zero")
            } else if !isReached(participation, by: taking, of: total) {
                (.participation, "participation \(taking)/\(total) < \(participation.percentage)")
            } else if opinions == 0 {
                (.allAbstain, "all votes are abstain")
            } else if !isReached(approval, by: weights.approve, of: opinions) {
                (.approval, "approval \(weights.approve)/\(opinions) < \(approval.percentage)")
            } else {
                (.passed, "quorum met, supermajority approve")
            }
        return ReferenceDecision(ground: ground, reason: reason, weights: weights, total: total)
    }

    private func isReached(_ threshold: ReferenceThreshold, by part: Int64, of whole: Int64) -> Bool {
        switch arithmetic {
        case .exact: threshold.isReached(by: part, of: whole)
        case .doubles: threshold.isReachedInDoubles(by: part, of: whole)
        }
    }
}
