import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// Custodians activate no program with secrets past its owner's limit.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ExtractionLimitTests {
    private func policy(budget: Int64) throws -> ComputePolicy {
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (budget, budget, 1000)
        (policy.outputBits, policy.checksRanges) = (127, true)
        policy.extraction = ExtractionLimit(agreement: .whole, weightError: try Share(millionths: 1000))
        return policy
    }

    private func statement(
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

    private static func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch { return (error as? any CodedError)?.code }
    }

    @Test func `an owner's statement within the limit is part of what is activated`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let package = try Programs.package("score")
        let id = try await mesh.install(package, secrets: [FieldElement(7), FieldElement(11)])
        let (tight, open) = (try policy(budget: 1), try policy(budget: 50))
        let none = await Self.code { try await mesh.approve(id, package, policy: tight) }
        #expect(none == "compute.extraction_missing")
        let past = try statement(open, on: id, by: mesh.clientKey, lying: true)
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: open, extraction: past) } == "compute.extractable")
        let elsewhere = try statement(tight, on: [UInt8](repeating: 1, count: 32), by: mesh.clientKey)
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: tight, extraction: elsewhere) }
                == "compute.extraction_foreign")
        let stranger = try statement(tight, on: id, by: .generate(.mlDSA65))
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: tight, extraction: stranger) }
                == "custodian.unknown_client")
        let another = try statement(tight, on: id, by: mesh.strangerKey)
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: tight, extraction: another) }
                == "custodian.not_the_owner")
        let good = try statement(tight, on: id, by: mesh.clientKey)
        try await mesh.approve(id, package, policy: tight, extraction: good)
        let result = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        #expect(result.outputs == [[FieldElement((14 + 33) * 2)]])
    }

    @Test func `a package takes up no room without the order of an owner`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        try await mesh.ready()
        let package = try Programs.package("cube")
        let other = try Programs.package("other")
        let stranger = try InstallOrder.sign(
            package, for: mesh.roster.set, by: .generate(.mlDSA65), salt: SystemRandom.bytes(16))
        let order = try InstallOrder.sign(other, for: mesh.roster.set, by: mesh.clientKey, salt: SystemRandom.bytes(16))
        for (order, expected) in [(stranger, "custodian.unknown_client"), (order, "compute.install_foreign")] {
            let record = try UnverifiedRecord(decoding: order.record.bytes)
            #expect(await Self.code { _ = try await mesh.service.install(package, record) } == expected)
        }
    }
}
