/// A linear or logistic model as its owner has it, for the simulator. Scores are w·x + b.
///
/// For a logistic model the score is meant, before the sigmoid: that is a bijection and hides nothing.
public struct LinearModel: Sendable {
    public static let features = 1...512
    public static let mostCases = 10_000

    public let weights: [Double]
    public let bias: Double
    /// What the program lets each feature be.
    public let ranges: [ClosedRange<Double>]
    /// Inputs as they occur, to count labels on.
    public let cases: [[Double]]
    /// The score from which on a label is positive.
    public let threshold: Double

    /// Without `threshold` the median score of the cases, so that labels are split evenly. Without `cases` 500 are drawn from
    /// a normal distribution within the ranges.
    ///
    /// - Throws: `compute.simulation_malformed` for 0 or more than 512 features, lengths that differ, ranges without extent,
    ///   more than 10,000 cases or numbers that are not finite.
    public init(
        weights: [Double], bias: Double, ranges: [ClosedRange<Double>], cases: [[Double]] = [], threshold: Double? = 0,
        seed: UInt64 = 1
    ) throws(OracleError) {
        let finite =
            bias.isFinite && threshold?.isFinite != false && weights.allSatisfy(\.isFinite)
            && cases.allSatisfy { $0.count == weights.count && $0.allSatisfy(\.isFinite) }
            && ranges.allSatisfy { $0.lowerBound.isFinite && $0.upperBound.isFinite && $0.lowerBound < $0.upperBound }
        guard Self.features.contains(weights.count), ranges.count == weights.count, cases.count <= Self.mostCases, finite,
            weights.contains(where: { $0 != 0 })
        else {
            throw OracleError(
                .simulationMalformed, "a model has 1 to 512 finite weights, a range for each, and at most 10000 cases")
        }
        self.weights = weights
        self.bias = bias
        self.ranges = ranges
        if cases.isEmpty {
            var generator = SeededGenerator(seed: seed)
            self.cases = (0..<500).map { _ in ranges.map { generator.natural(in: $0) } }
        } else {
            self.cases = cases
        }
        let scores = self.cases.map { Self.product(weights, $0) + bias }.sorted()
        self.threshold = threshold ?? scores[scores.count / 2]
    }

    public func score(_ input: [Double]) -> Double { Self.product(weights, input) + bias }

    /// The share of the cases to which a copy gives the same label.
    func agreement(_ weights: [Double], _ bias: Double) -> Double {
        let same = cases.count { input in
            (score(input) >= threshold) == (Self.product(weights, input) + bias >= threshold)
        }
        return Double(same) / Double(cases.count)
    }

    /// ‖ŵ − w‖ / ‖w‖.
    func error(_ weights: [Double]) -> Double {
        let difference = zip(weights, self.weights).map { $0 - $1 }
        return (Self.product(difference, difference) / Self.product(self.weights, self.weights)).squareRoot()
    }

    static func product(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for index in left.indices { sum += left[index] * right[index] }
        return sum
    }
}

extension SeededGenerator {
    /// A normal number with mean 0 and deviation 1 where the range has room for it, else with a quarter of the range's width
    /// around its middle; never outside.
    mutating func natural(in range: ClosedRange<Double>) -> Double {
        let isWide = range.lowerBound <= -1 && range.upperBound >= 1
        let (middle, deviation) =
            isWide ? (0, 1) : ((range.lowerBound + range.upperBound) / 2, (range.upperBound - range.lowerBound) / 4)
        return min(max(middle + deviation * normal(), range.lowerBound), range.upperBound)
    }
}

extension OracleError.Reason {
    /// A model for the simulator is not in order.
    public static let simulationMalformed = Self(rawValue: "compute.simulation_malformed")
}
