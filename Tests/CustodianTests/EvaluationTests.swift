import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChanceryThreshold
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct EvaluationTests {
    private let policy = ComputePolicy.wide(budget: 50, program: 60)

    @Test(arguments: [(3, 2), (4, 2), (5, 3)])
    func `custodians evaluate a program with secrets that none of them holds`(size: Int, quorum: Int) async throws {
        let mesh = try Mesh(size, quorum)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: policy)
        for x: UInt64 in [3, 200] {
            let result = try await mesh.client.evaluate(
                id, [[FieldElement(x), FieldElement(5)], [FieldElement(x), FieldElement(0)]])
            #expect(result.outputs == [[FieldElement((7 * x + 55) * x)], [FieldElement(7 * x * x)]])
            #expect(result.assurance == (size == 4 ? .corrected : .checked))
        }
    }

    @Test func `a budget holds at every custodian, and parallel clients get right answers`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        let client = mesh.client
        try await withThrowingTaskGroup(of: (UInt64, FieldElement?).self) { group in
            for x in UInt64(1)...50 {
                group.addTask { (x, try await client.evaluate(id, [[FieldElement(x)]]).outputs.first?.first) }
            }
            for try await (x, y) in group { #expect(y == FieldElement(x * x * x)) }
        }
        await #expect { _ = try await client.evaluate(id, [[FieldElement(2)]]) } throws: {
            ($0 as? CustodianError)?.code == "compute.budget_exhausted"
        }
    }

    @Test func `an input outside its range is refused before anything is claimed`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: policy)
        await #expect { _ = try await mesh.client.evaluate(id, [[FieldElement(256), FieldElement(5)]]) } throws: {
            ($0 as? ThresholdError)?.code == "threshold.input_out_of_range"
        }
    }

    @Test func `a policy that counts less than the program gives away is not activated`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        var policy = policy
        policy.outputBits = 8
        let understated = policy
        await #expect { _ = try await mesh.activate(Programs.package("cube"), secrets: [], policy: understated) } throws: {
            ($0 as? CustodianError)?.code == "compute.policy_understated"
        }
    }
}
