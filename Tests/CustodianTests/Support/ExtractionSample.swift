import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// What the owner of the program `score` with the secrets 7 and 11 states about copying it.
enum ExtractionSample {
    /// A policy whose limit a budget of one evaluation keeps, and one of fifty passes.
    static func policy(budget: Int64) throws -> ComputePolicy {
        var policy = ComputePolicy.wide(budget: budget)
        policy.checksRanges = true
        policy.extraction = ExtractionLimit(agreement: .whole, weightError: try Share(millionths: 1000))
        return policy
    }

    /// - Parameter lying: whether the simulation passes the policy's limit.
    static func statement(
        _ policy: ComputePolicy, on program: [UInt8], by key: SigningKey<Purpose.Ticket>, lying: Bool = false
    ) throws -> UnverifiedRecord {
        let model = try LinearModel(weights: [7, 11], bias: 0, ranges: [0...255, 0...255], threshold: nil)
        let report = try ExtractionSimulator(model, shape: .exact, policy: policy, trials: 1).run()
        #expect(lying == (report.finding != nil))
        return try UnverifiedRecord(
            decoding: ExtractionStatement.sign(
                report, on: program, under: policy, at: Mesh.clock(), by: key, salt: SystemRandom.bytes(16)
            ).record.bytes)
    }
}
