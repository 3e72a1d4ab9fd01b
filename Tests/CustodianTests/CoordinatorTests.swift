import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// What strangers, one silent custodian and one lying custodian cannot do through a coordinator.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct CoordinatorTests {
    private static var policy: ComputePolicy {
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (500, 500, 1000)
        (policy.outputBits, policy.extraction, policy.checksRanges) = (127, nil, false)
        return policy
    }

    // MARK: one custodian

    @Test func `a silent custodian is waited for once, and takes part again when it answers`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: Self.policy)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let silent = mesh.seats[1].did
        // Its channel stands, and nothing comes of it.
        mesh.tap { $0.to == silent || $0.from == silent ? [] : [$0] }
        var slowest = Duration.zero
        for x: UInt64 in 3...6 {
            let start = ContinuousClock.now
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
            slowest = max(slowest, ContinuousClock.now - start)
        }
        #expect(slowest < .seconds(6), "an evaluation took \(slowest)")
        let start = ContinuousClock.now
        _ = try await mesh.client.evaluate(id, [[FieldElement(7)]])
        #expect(ContinuousClock.now - start < .milliseconds(1500))
        mesh.tap { [$0] }
        try await mesh.serves(2)
        for _ in 0..<100 {
            if try await mesh.client.evaluate(id, [[FieldElement(8)]]).assurance == .corrected { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("custodian 2 never takes part again")
    }

    @Test func `one custodian does not decide what clients hear of a program`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: Self.policy)
        let liar = mesh.seats[0].did
        let asked = Mutex<Set<UInt64>>([])
        mesh.tap { message in
            if message.to == liar, case .request(let number, let body, _) = try? CustodianMessage(message.bytes),
                body["op"]?.string == "program"
            {
                asked.withLock { _ = $0.insert(number) }
            }
            guard message.from == liar, case .answer(let number, var body, _) = try? CustodianMessage(message.bytes),
                asked.withLock({ $0.contains(number) })
            else { return [message] }
            body["bundle"] = .null
            let other = (try? Programs.package("cube")) ?? []
            guard let bytes = try? CustodianMessage.answer(number, body, attachment: other).bytes else { return [] }
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        let statement = try await mesh.service.program(id)
        #expect(try statement.package == Programs.package("score") && statement.bundle != nil)
        #expect(
            try await mesh.client.evaluate(id, [[FieldElement(3), FieldElement(2)]]).outputs == [[FieldElement(43 * 3)]])
        #expect(!asked.withLock { $0.isEmpty })
    }

    // MARK: what is asked

    /// Answers nothing.
    private struct Stalled: ComputeService {
        func program(_ id: [UInt8]) async throws -> ProgramStatement {
            try await Task.sleep(for: .seconds(60))
            throw CustodianError(.unavailable, "never")
        }
        func claim(
            _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
        ) async throws -> ClaimGrant { throw CustodianError(.unavailable, "never") }
        func submit(
            _ program: [UInt8], claim: [UInt8], submission: Submission, frames: [Int: [UInt8]]
        ) async throws -> SubmissionAnswer { throw CustodianError(.unavailable, "never") }
        func orderSecretsMaterial(_ program: [UInt8]) async throws {}
    }

    @Test func `an evaluation ends in time, whatever the coordinator does`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let client = ComputeClient(
            mesh.roster, key: mesh.clientKey, service: Stalled(), patience: .milliseconds(300), now: Mesh.clock)
        let start = ContinuousClock.now
        await #expect { _ = try await client.evaluate(SystemRandom.bytes(32), [[FieldElement(1)]]) } throws: {
            ($0 as? CustodianError)?.reason == .unavailable
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
