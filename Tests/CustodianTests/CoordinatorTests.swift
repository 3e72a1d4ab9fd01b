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
    private static func approval(_ mesh: Mesh, _ seat: Int, _ bundle: ActivationBundle, _ id: [UInt8]) throws
        -> ActivationBundle
    {
        var bundle = bundle
        let approval = try Approval.sign(
            bundle.terms(of: id, by: mesh.roster.set), as: mesh.seats[seat].did, at: Mesh.clock(),
            by: mesh.seats[seat].approval, salt: SystemRandom.bytes(16))
        bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
        return bundle
    }

    // MARK: approvals

    @Test func `what strangers hand in undoes no approval`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("cube"))
        let genuine = ActivationBundle(version: "1", epoch: 1, policy: .wide, approvals: [])
        #expect(try await mesh.service.approve(id, Self.approval(mesh, 0, genuine, id)) == 1)
        var other = ComputePolicy.wide
        other.clientBudget = 1
        let strange = [
            ActivationBundle(version: "2", epoch: 1, policy: .wide, approvals: []),
            ActivationBundle(version: "1", epoch: 1, policy: other, approvals: []),
            ActivationBundle(version: "1", epoch: 1, policy: .wide, approvals: [], decisions: [0, 0, 0]),
        ]
        for bundle in strange {
            await #expect(throws: (any Error).self) { _ = try await mesh.service.approve(id, bundle) }
        }
        #expect(try await mesh.service.approve(id, Self.approval(mesh, 1, genuine, id)) == 2)
        _ = try await mesh.service.activate(id)
    }

    @Test func `one custodian's people change their own word only`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("cube"))
        var other = ComputePolicy.wide
        other.clientBudget = 1
        let (genuine, changed) = (
            ActivationBundle(version: "1", epoch: 1, policy: .wide, approvals: []),
            ActivationBundle(version: "1", epoch: 1, policy: other, approvals: [])
        )
        let first = try Self.approval(mesh, 0, genuine, id)
        #expect(try await mesh.service.approve(id, first) == 1)
        #expect(try await mesh.service.approve(id, Self.approval(mesh, 1, changed, id)) == 1)
        #expect(try await mesh.service.approve(id, Self.approval(mesh, 2, genuine, id)) == 2)
        try await Task.sleep(for: .milliseconds(5))
        #expect(try await mesh.service.approve(id, Self.approval(mesh, 0, changed, id)) == 2)
        // An older word, shown again, is not taken for the latest.
        #expect(try await mesh.service.approve(id, first) == 1)
    }

    @Test func `nothing is kept for a program that nobody installed`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        try await mesh.ready()
        for isForSecrets in [false, true] {
            let id = SystemRandom.bytes(32)
            let bundle = try Self.approval(
                mesh, 0, ActivationBundle(version: "1", epoch: 1, policy: .wide, approvals: []), id)
            let terms = try bundle.terms(of: id, by: mesh.roster.set)
            let time = Mesh.clock()
            let sealing = try DecapsulationKey.generate(.xWing)
            let ticket = try Ticket.sign(
                for: terms, evaluations: 1, from: time, until: time.advanced(bySeconds: 60), by: mesh.clientKey,
                nonce: SystemRandom.bytes(16))
            let claim = try Claim.sign(
                for: terms, ticket: ticket, evaluations: 1, sealing: sealing.publicKey, rows: nil,
                until: time.advanced(bySeconds: 60), by: mesh.clientKey, nonce: SystemRandom.bytes(16))
            let service = mesh.service
            let requests: [@Sendable () async throws -> Void] = [
                { _ = try await service.approve(id, bundle) }, { _ = try await service.activate(id) },
                { _ = try await service.program(id) },
                { _ = try await service.order(id, count: 4, isForSecrets: isForSecrets) },
                { _ = try await service.query("pool", id) },
                { _ = try await service.claim(id, secrets: isForSecrets, ticket: ticket, claim: claim, rows: nil) },
            ]
            for (number, request) in requests.enumerated() {
                await #expect(throws: (any Error).self, "request \(number)") { try await request() }
            }
            await #expect { _ = try await service.approve(id, bundle) } throws: {
                ($0 as? CustodianError)?.reason == .unknownProgram
            }
        }
        #expect(await mesh.service.known.isEmpty)
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        #expect(await mesh.service.known == [id])
    }

    // MARK: one custodian

    @Test func `a silent custodian is waited for once, and takes part again when it answers`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
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
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: .wide)
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

    /// Which questions of the coordinator messages answer.
    private final class Questions: Sendable {
        private let asked = Mutex<[UInt64: String]>([:])

        /// What was asked of whoever answers with this message; nil for any other.
        func answered(by message: Mesh.Message) -> String? {
            switch try? CustodianMessage(message.bytes) {
            case .request(let id, let body, _)?:
                let name = body["op"]?.string
                asked.withLock { $0[id] = name }
                return nil
            case .answer(let id, _, _)?: return asked.withLock { $0[id] }
            default: return nil
            }
        }
    }

    /// Has a message arrive later than a coordinator waits for the rest.
    private static func delay(_ message: Mesh.Message, to service: Coordinator) {
        Task {
            try? await Task.sleep(for: .milliseconds(1500))
            await service.receive(message.bytes, from: message.from)
        }
    }

    @Test(arguments: ["pool", "sign"])
    func `what one custodian answers and nobody can use ends nobody else's time`(asked: String) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let (service, questions) = (mesh.service, Questions())
        let (liar, slow) = (mesh.seats[0].did, mesh.seats[3].did)
        mesh.tap { message in
            guard questions.answered(by: message) == asked else { return [message] }
            if message.from == slow {
                Self.delay(message, to: service)
                return []
            }
            guard message.from == liar, case .answer(let number, _, _) = try? CustodianMessage(message.bytes),
                let bytes = try? CustodianMessage.answer(number, [:], attachment: [1, 2, 3]).bytes
            else { return [message] }
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        for x: UInt64 in 3...4 {
            // So that what lies ready is asked for anew.
            await service.setConnected(true, liar)
            await service.setConnected(true, slow)
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
    }

    @Test func `an owner's secrets wait for the slowest custodian`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        try await mesh.ready()
        let (service, questions, slow) = (mesh.service, Questions(), mesh.seats[3].did)
        mesh.tap { message in
            guard questions.answered(by: message) == "pool", message.from == slow else { return [message] }
            Self.delay(message, to: service)
            return []
        }
        let package = try Programs.package("score")
        let id = try await mesh.install(package, secrets: [FieldElement(7), FieldElement(11)])
        mesh.tap { [$0] }
        try await mesh.approve(id, package, policy: .wide)
        #expect(
            try await mesh.client.evaluate(id, [[FieldElement(3), FieldElement(2)]]).outputs == [[FieldElement(43 * 3)]])
    }

    @Test func `no id is one custodian's word`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let liar = mesh.seats[0].did
        mesh.tap { message in
            guard message.from == liar,
                case .answer(let number, var body, let attachment) = try? CustodianMessage(message.bytes)
            else { return [message] }
            for name in ["activation", "program"] where body[name]?.string != nil {
                body[name] = .string(String(repeating: "0", count: 64))
            }
            guard let bytes = try? CustodianMessage.answer(number, body, attachment: attachment).bytes else { return [] }
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        #expect(try id == Programs.read(package).id)
        try await mesh.approve(id, package, policy: .wide)
        let terms = try ActivationBundle(version: "1", epoch: 1, policy: .wide, approvals: [])
            .terms(of: id, by: mesh.roster.set)
        for _ in 0..<8 { #expect(try await mesh.service.activate(id) == terms.id) }
    }

    // MARK: strangers

    @Test func `claims that are refused take no material off the shelf`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let stranger = mesh.client(try .generate(.mlDSA65))
        let rows = (0..<4).map { [FieldElement(UInt64($0))] }
        // Four times what is kept ready.
        for _ in 0..<4 * mesh.settings.material / rows.count {
            await #expect { _ = try await stranger.evaluate(id, rows) } throws: {
                ($0 as? CustodianError)?.reason == .unknownClient
            }
        }
        let start = ContinuousClock.now
        #expect(try await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs == [[FieldElement(27)]])
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `a stranger is refused without material too, before anybody waits for some`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        let stranger = mesh.client(try .generate(.mlDSA65))
        let start = ContinuousClock.now
        await #expect { _ = try await stranger.evaluate(id, [[FieldElement(2)]]) } throws: {
            ($0 as? CustodianError)?.reason == .unknownClient
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        try await mesh.service.order(id, count: 4)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs == [[FieldElement(27)]])
    }

    @Test func `a client without budget, or too fast, is refused without material too, before anybody waits for some`()
        async throws
    {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide(budget: 8, perMinute: 4)
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        for (count, code) in [(9, "compute.budget_exhausted"), (5, "compute.rate_limited")] {
            let start = ContinuousClock.now
            let rows = (0..<count).map { [FieldElement(UInt64($0))] }
            await #expect { _ = try await mesh.client.evaluate(id, rows) } throws: {
                ($0 as? CustodianError)?.code == code
            }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        // It is on record like any refusal.
        func events() throws -> Int { try LogRule.lines(of: "event", in: mesh.seats[0].store.entries()).count }
        for _ in 0..<100 where try events() < 2 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try events() == 2)
        try await mesh.service.order(id, count: 4)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs == [[FieldElement(27)]])
    }

    // MARK: what is asked

    /// A coordinator asks two custodians at the most, where one of four may lie.
    @Test func `nobody has more material made at a custodian's order than four times what is kept ready`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        var ordered = 0
        for _ in 0..<4 {
            ordered += (try? await mesh.service.order(id, count: 65_536)) ?? 0
            try await Task.sleep(for: .milliseconds(300))
        }
        let answers = try await mesh.service.query("pool", id)
        let most = answers.values.map { answer in
            (answer["blocks"]?.array ?? []).reduce(0) { $0 + ($1["end"]?.integer ?? 0) - ($1["first"]?.integer ?? 0) }
        }.max()
        #expect(
            ordered > 0 && (most ?? 0) <= Int64(2 * 4 * mesh.settings.material), "\(ordered) ordered, \(most ?? 0) there")
    }

    @Test func `what is not there is unknown, and what is too late is a conflict`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: .wide)
        for custodian in [1, 9] {
            await #expect {
                _ = try await mesh.service.evidence(SystemRandom.bytes(32), about: id, from: custodian)
            } throws: {
                ($0 as? CustodianError)?.reason == .evidenceUnknown
            }
        }
        await #expect { try await mesh.service.orderSecretsMaterial(id) } throws: {
            ($0 as? CustodianError)?.reason == .alreadyActive
        }
    }

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
