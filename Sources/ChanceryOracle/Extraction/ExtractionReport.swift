/// How good copies become with the number of questions, and whether that is past the owner's limit.
public struct ExtractionReport: Sendable {
    /// A copy after so many questions, averaged over the trials.
    public struct Point: Sendable, Equatable {
        public let queries: Int
        /// ‖ŵ − w‖ / ‖w‖; for attacks on labels, of the directions.
        public let weightError: Double
        /// The share of cases with the same label.
        public let agreement: Double
    }

    public struct Curve: Sendable {
        public let attack: ExtractionAttack
        /// Whether the policy's outputs let it be done; shown for comparison otherwise.
        public let isPossible: Bool
        public let points: [Point]
    }

    /// Whose questions it takes.
    public enum Reach: String, Sendable {
        case client = "one client"
        case program = "all clients together"
    }

    /// The attack that passes the limit, and where.
    public struct Finding: Sendable {
        public let attack: ExtractionAttack
        public let reach: Reach
        public let point: Point
        /// The budget goes beyond what was simulated; the error is projected by 1/√q.
        public let isProjected: Bool
    }

    public let curves: [Curve]
    /// Evaluations that one client and all together may ask for; nil without an end.
    public let client, program: Int64?
    // New directions of unrounded answers; nil without an end.
    let rank: (client: Int64, program: Int64)?
    /// Nil where the owner set none: then nothing is a finding.
    public let limit: ExtractionLimit?
    public let features: Int
    public let shape: OutputShape

    /// The first thing that is past the owner's limit within a client's or the programme's whole budget; nil when nothing is.
    /// Activation refuses a policy with a finding.
    public var finding: Finding? {
        finding(.client, client, rank?.client) ?? finding(.program, program, rank?.program)
    }

    private func finding(_ reach: Reach, _ budget: Int64?, _ directions: Int64?) -> Finding? {
        guard let limit else { return nil }
        for curve in curves where curve.isPossible {
            let allowed = [budget, directions].compactMap { $0 }.min()
            let within = curve.points.filter { Int64($0.queries) <= allowed ?? .max }
            if let point = within.first(where: { limit.isPassed(weightError: $0.weightError, agreement: $0.agreement) }) {
                return Finding(attack: curve.attack, reach: reach, point: point, isProjected: false)
            }
            guard let last = within.last, last.queries == ExtractionSimulator.horizon else { continue }
            let beyond = allowed.map { Double($0) / Double(last.queries) } ?? .infinity
            let error = last.weightError / max(beyond, 1).squareRoot()
            if limit.isPassed(weightError: error, agreement: last.agreement) {
                let queries = allowed.map { Int(clamping: $0) } ?? .max
                let point = Point(queries: queries, weightError: error, agreement: last.agreement)
                return Finding(attack: curve.attack, reach: reach, point: point, isProjected: true)
            }
        }
        return nil
    }

    /// Refuses to go on where ``finding`` is.
    ///
    /// - Throws: `compute.extractable`, with the attack and the numbers.
    public func requireWithinLimit() throws(OracleError) {
        guard let finding else { return }
        let error = Self.percent(finding.point.weightError)
        let agreement = Self.percent(finding.point.agreement)
        throw OracleError(
            .extractable,
            "\(finding.reach.rawValue) can copy the model with \(finding.point.queries) questions (\(finding.attack.rawValue)): \(agreement) of labels, weights within \(error)"
        )
    }

    /// One decimal.
    static func percent(_ share: Double) -> String {
        guard share.isFinite, share < 1e6 else { return "over 1000 %" }
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension OracleError.Reason {
    /// The policy lets a client copy the model past the owner's limit.
    public static let extractable = Self(rawValue: "compute.extractable")
}
