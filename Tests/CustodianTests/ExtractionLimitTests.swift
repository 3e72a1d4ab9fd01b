import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// Custodians activate no program with secrets past its owner's limit.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ExtractionLimitTests {
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
        let (tight, open) = (try ExtractionSample.policy(budget: 1), try ExtractionSample.policy(budget: 50))
        let none = await Self.code { try await mesh.approve(id, package, policy: tight) }
        #expect(none == "compute.extraction_missing")
        let past = try ExtractionSample.statement(open, on: id, by: mesh.clientKey, lying: true)
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: open, extraction: past) } == "compute.extractable")
        let elsewhere = try ExtractionSample.statement(tight, on: [UInt8](repeating: 1, count: 32), by: mesh.clientKey)
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: tight, extraction: elsewhere) }
                == "compute.extraction_foreign")
        let stranger = try ExtractionSample.statement(tight, on: id, by: .generate(.mlDSA65))
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: tight, extraction: stranger) }
                == "custodian.unknown_client")
        let another = try ExtractionSample.statement(tight, on: id, by: mesh.strangerKey)
        #expect(
            await Self.code { try await mesh.approve(id, package, policy: tight, extraction: another) }
                == "custodian.not_the_owner")
        let good = try ExtractionSample.statement(tight, on: id, by: mesh.clientKey)
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
