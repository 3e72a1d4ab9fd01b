import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ExtractionStatementTests {
    private static let program = [UInt8](repeating: 7, count: 32)
    private let key: SigningKey<Purpose.Ticket>
    private let tight: ComputePolicy

    init() throws {
        key = try SampleProgram.key(200, 3)
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget) = (3, 4)
        policy.outputBits = 127
        policy.extraction = ExtractionLimit(agreement: .whole, weightError: try Share(millionths: 10_000))
        tight = policy
    }

    private func report(_ policy: ComputePolicy, _ shape: OutputShape = .exact) throws -> ExtractionReport {
        let model = try LinearModel(
            weights: [0.5, -1.5, 2, 0.25, -0.75, 1, -0.1, 0.3], bias: 0.2, ranges: .init(repeating: -2...2, count: 8))
        return try ExtractionSimulator(model, shape: shape, policy: policy, seed: 3, trials: 1).run()
    }

    private func statement(_ policy: ComputePolicy, _ shape: OutputShape = .exact) throws -> ExtractionStatement {
        let signed = try ExtractionStatement.sign(
            report(policy, shape), on: Self.program, under: policy, at: SampleProgram.start, by: key,
            salt: SampleProgram.salt())
        return try .verify(UnverifiedRecord(decoding: signed.record.bytes), by: key.publicKey)
    }

    private func refusal(
        _ statement: ExtractionStatement, _ policy: ComputePolicy, program: [UInt8] = program, bits: Int64 = 127,
        features: Int = 8
    ) -> String? {
        code {
            try statement.requireWithinLimit(of: program, under: policy, outputBits: bits, features: features)
        }
    }

    @Test func `a statement within the limit lets its program run under its policy, and no other`() throws {
        let statement = try statement(tight)
        #expect(refusal(statement, tight) == nil)
        #expect(refusal(statement, tight, program: [UInt8](repeating: 8, count: 32)) == "compute.extraction_foreign")
        #expect(refusal(statement, tight, features: 9) == "compute.extraction_foreign")
        var other = tight
        other.clientBudget = 2
        #expect(refusal(statement, other) == "compute.extraction_foreign")
    }

    @Test func `curves past the owner's limit refuse, whoever signed them`() throws {
        var open = tight
        (open.clientBudget, open.programBudget) = (3, 20)
        #expect(try refusal(statement(open), open) == "compute.extractable")
    }

    @Test func `a statement about coarser answers than the program gives is refused`() throws {
        var policy = tight
        policy.outputBits = 8
        let labels = try statement(policy, .label)
        #expect(refusal(labels, policy, bits: 1) == nil)
        #expect(refusal(labels, policy, bits: 8) == "compute.extraction_incomplete")
        let steps = try statement(policy, .step(1))
        #expect(refusal(steps, policy, bits: 8) == "compute.extraction_incomplete")
        let bits = try statement(policy, .bits(8, -10...10))
        #expect(refusal(bits, policy, bits: 8) == nil)
        #expect(refusal(bits, policy, bits: 9) == "compute.extraction_incomplete")
    }

    @Test func `a statement that leaves an attack or the end of a budget out is refused`() throws {
        let whole = try report(tight)
        func signed(_ change: (inout JSONObject) -> Void) throws -> ExtractionStatement {
            let record = try ExtractionStatement.sign(
                whole, on: Self.program, under: tight, at: SampleProgram.start, by: key, salt: SampleProgram.salt()
            ).record
            var body = try UnverifiedRecord(decoding: record.bytes).body
            change(&body)
            let changed = try VerifiedRecord.sign(body.removing(["type"]), type: ExtractionStatement.type, by: key)
            return try .verify(UnverifiedRecord(decoding: changed.bytes), by: key.publicKey)
        }
        for attack in ["exact", "corners", "labels", "adaptive labels"] {
            let without = try signed { body in
                body["curves"] = .array((body["curves"]?.array ?? []).filter { $0["attack"]?.string != attack })
            }
            #expect(refusal(without, tight) == "compute.extraction_incomplete", "\(attack)")
        }
        let short = try signed { body in
            body["curves"] = .array(
                (body["curves"]?.array ?? []).map { curve in
                    .object(
                        JSONObject([
                            .init(name: "attack", value: curve["attack"] ?? .null),
                            .init(
                                name: "points",
                                value: .array((curve["points"]?.array ?? []).filter { $0["queries"]?.integer != 4 })),
                        ]))
                })
        }
        #expect(refusal(short, tight) == "compute.extraction_incomplete")
    }

    @Test func `without a limit nothing is past it`() throws {
        var policy = tight
        (policy.clientBudget, policy.programBudget, policy.extraction) = (1000, 1000, nil)
        #expect(try report(policy).finding == nil)
        #expect(try ComputePolicy(decoding: policy.bytes).extraction == nil)
    }

    @Test func `every changed bit of a statement is refused`() async throws {
        let golden = try statement(tight).record.bytes
        let key = key.publicKey
        let survivors = await inParallel(bitFlips(of: golden)) { flip -> Int? in
            guard let record = try? UnverifiedRecord(decoding: golden.flipping(flip.byte, flip.bit)) else { return nil }
            return (try? ExtractionStatement.verify(record, by: key)) == nil ? nil : flip.byte
        }
        #expect(survivors == [])
    }
}
