/// What a client, or all clients together, could copy of a model under a policy: attacks run against the owner's own model.
///
/// The simulated attacks are ordinary ones. That none passes a limit does not show that no other can; that one does, shows that
/// the policy gives the model away.
public struct ExtractionSimulator: Sendable {
    /// Questions that are simulated; what lies beyond is projected.
    public static let horizon = 2000

    public let model: LinearModel
    public let shape: OutputShape
    public let policy: ComputePolicy
    /// Bits after the point of weights and inputs inside the program, for the packing attack.
    public let fractionBits: Int
    public let seed: UInt64
    public let trials: Int

    /// - Throws: `compute.simulation_malformed` for a shape, fraction or number of trials that makes no sense;
    ///   `compute.policy_malformed`.
    public init(
        _ model: LinearModel, shape: OutputShape, policy: ComputePolicy, fractionBits: Int = 16, seed: UInt64 = 1,
        trials: Int = 3
    ) throws(OracleError) {
        guard shape.isValid, (0...40).contains(fractionBits), (1...20).contains(trials) else {
            throw OracleError(
                .simulationMalformed, "the simulator needs a valid shape, 0 to 40 fraction bits and 1 to 20 trials")
        }
        try policy.check()
        self.model = model
        self.shape = shape
        self.policy = policy
        self.fractionBits = fractionBits
        self.seed = seed
        self.trials = trials
    }

    /// How many evaluations budgets and bits let a client ask for, and all clients together; nil without an end.
    public var allowance: (client: Int64?, program: Int64?) { Self.allowance(under: policy) }

    static func allowance(under policy: ComputePolicy) -> (client: Int64?, program: Int64?) {
        func least(_ budget: Int64, _ bits: Int64?) -> Int64? {
            let answers = bits.map { BitsLedger(limit: $0).answers(of: policy.bitsPerEvaluation) }
            return [policy.evaluations(within: budget), answers].compactMap { $0 }.min()
        }
        return (
            least(policy.clientBudget, policy.bits?.clientLimit), least(policy.programBudget, policy.bits?.programLimit)
        )
    }

    /// Runs all attacks. Under a minute for 512 features; well below a second for 30.
    public func run() -> ExtractionReport {
        let (client, program) = allowance
        let marks = marks(client, program)
        let packing = PackingAttack(weightBits: weightBits, inputBits: inputBits)
        var curves: [ExtractionReport.Curve] = []
        for attack in ExtractionAttack.allCases {
            if attack == .packing, packing.weightsPerQuery < 2 { continue }
            if shape == .label, attack == .leastSquares || attack == .corners { continue }
            if shape == .exact, attack == .leastSquares { continue }
            curves.append(.init(attack: attack, isPossible: isPossible(attack), points: points(attack, marks, packing)))
        }
        return ExtractionReport(
            curves: curves, client: client, program: program, rank: rankLimits, limit: policy.extraction,
            features: model.weights.count, shape: shape)
    }

    private func isPossible(_ attack: ExtractionAttack) -> Bool {
        attack == .exact || attack == .packing ? shape == .exact : true
    }

    /// For unrounded answers the rank ledger ends what can be learnt; rounded ones still tell more within the span.
    private var rankLimits: (client: Int64, program: Int64)? { Self.rankLimits(of: shape, under: policy) }

    static func rankLimits(of shape: OutputShape, under policy: ComputePolicy) -> (client: Int64, program: Int64)? {
        guard shape == .exact, let rank = policy.rank else { return nil }
        return (Int64(rank.clientLimit), Int64(rank.programLimit))
    }

    private var weightBits: Int {
        let largest = (model.weights + [model.bias]).map(\.magnitude).max() ?? 1
        return Self.bits(largest, fractionBits)
    }

    private var inputBits: Int {
        guard policy.checksRanges else { return 127 }
        return Self.bits(model.ranges.map { max($0.lowerBound.magnitude, $0.upperBound.magnitude) }.max() ?? 1, fractionBits)
    }

    private static func bits(_ magnitude: Double, _ fraction: Int) -> Int {
        guard magnitude > 0 else { return 1 }
        return min(max(Int(magnitude.exponent) + 1 + fraction, 1), 127)
    }

    /// The numbers of questions at which the copies are looked at.
    private func marks(_ client: Int64?, _ program: Int64?) -> [Int] {
        let columns = model.weights.count + 1
        let interesting = [5, 15, columns - 1, columns, 2 * columns, 5 * columns, 100, 300, 1000].map(Int64.init)
        let budgets = [client, program, rankLimits?.client, rankLimits?.program].compactMap { $0 }
        let marks = (interesting + budgets + [Int64(Self.horizon)]).map { min($0, Int64(Self.horizon)) }
        return Set(marks.filter { $0 > 0 }.map(Int.init)).sorted()
    }

    private func points(
        _ attack: ExtractionAttack, _ marks: [Int], _ packing: PackingAttack
    ) -> [ExtractionReport.Point] {
        var errors = [Double](repeating: 0, count: marks.count)
        var agreements = errors
        for trial in 0..<trials {
            var run = AttackRun(attack, on: model, shape, packing: packing, seed: seed &+ UInt64(trial) &* 0x9e37)
            var asked = 0
            for (index, mark) in marks.enumerated() {
                while asked < mark {
                    run.ask()
                    asked += 1
                }
                let belief = run.belief()
                errors[index] += model.error(belief.weights) / Double(trials)
                agreements[index] += model.agreement(belief.weights, belief.bias) / Double(trials)
            }
        }
        return marks.indices.map { .init(queries: marks[$0], weightError: errors[$0], agreement: agreements[$0]) }
    }
}
