import ChanceryArithmetic
import ChanceryCircuit
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// The faults that were observed in QuorumVM, each shown not to be ours through custodians, a coordinator and a client.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct KnownFaultTests {
    private static let policy = ComputePolicy.wide(budget: 200, program: 400)

    private static func package(_ source: String) throws -> [UInt8] {
        let program = try SeedParser.parse(source, profile: .extended, isStrict: true)
        return try SeedPackage(program: program, policy: .init(budget: 200, evaluationsPerMinute: 1000)).bytes
    }

    /// What a program of QuorumVM's gives for each row.
    private static func run(_ source: String, _ rows: [[Int64]]) async throws -> [Int128] {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(package(source), secrets: [], policy: policy)
        var results: [Int128] = []
        for row in rows {
            let result = try await mesh.client.evaluate(id, [row.map { FieldElement(signed: $0) }])
            results.append(result.outputs[0][0].signed)
        }
        return results
    }

    @Test func `F1 a product of a product is right`() async throws {
        #expect(try await Self.run("input x\nmul a = x x\nmul y = a x\noutput y", [[7], [-3]]) == [343, -27])
    }

    @Test func `F2 a constant less a product is right`() async throws {
        #expect(
            try await Self.run("input x\nconst c = 1000\nmul a = x x\nsub y = c a\noutput y", [[40], [3]]) == [-600, 991])
    }

    @Test func `F3 a product that is added to itself counts twice`() async throws {
        #expect(try await Self.run("input x\nmul a = x x\nadd y = a a\noutput y", [[9]]) == [162])
    }

    @Test func `F4 a product that nothing uses changes nothing`() async throws {
        #expect(try await Self.run("input x\nmul a = x x\nmul unused = a x\nadd y = x x\noutput y", [[5]]) == [10])
    }

    @Test func `F5 a choice takes one side, and mixes for other bits as it is defined`() async throws {
        let rows: [[Int64]] = [[1, 20, 30], [0, 20, 30], [2, 20, 30]]
        #expect(try await Self.run("input s\ninput a\ninput b\nmux y = s a b\noutput y", rows) == [20, 30, 10])
    }

    @Test func `F6 and F14 without material a request is refused, and neither budget nor material is spent`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        var policy = Self.policy
        policy.refillsMaterial = false
        let id = try await mesh.activate(Self.package("input x\nmul y = x x\noutput y"), secrets: [], policy: policy)
        let client = mesh.clientKey.publicKey.id
        for _ in 0..<2 {
            await #expect { _ = try await mesh.client.evaluate(id, [[FieldElement(9)]]) } throws: {
                ($0 as? CustodianError)?.code == "custodian.material_missing"
            }
        }
        #expect(try await mesh.remaining(of: client, id) == [200])
        try await mesh.service.order(id, count: 2)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(9)]]).outputs == [[FieldElement(81)]])
        #expect(try await mesh.remaining(of: client, id) == [199])
    }

    @Test func `F7 material that one custodian alone used up never mixes with that of the others`() async throws {
        let mesh = try Mesh(4, 2, patience: .seconds(3))
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Self.package("input x\nmul a = x x\nmul y = a x\noutput y"), secrets: [], policy: Self.policy)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        for stray in 1...4 {
            // A claim that reaches one custodian alone: its index is bound there and free elsewhere.
            let signed = Mutex(false)
            mesh.tap { message in
                guard message.from == mesh.roster.coordinator, message.bytes.first == 3,
                    mesh.number(message.to) != stray, !signed.withLock({ $0 })
                else { return [message] }
                return []
            }
            let claim = Task { _ = try? await mesh.client.evaluate(id, [[FieldElement(3)]]) }
            try await Task.sleep(for: .milliseconds(400))
            signed.withLock { $0 = true }
            mesh.tap { [$0] }
            for x: UInt64 in [5, 6] {
                let result = try await mesh.client.evaluate(id, [[FieldElement(x)]])
                #expect(result.outputs == [[FieldElement(x * x * x)]], "after a stray claim at \(stray)")
            }
            await claim.value
        }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
    }

    @Test func `F8 eight clients at once all get right answers`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Self.package("input x\nconst c = 7\nadd a = x c\nmul y = a a\noutput y"), secrets: [], policy: Self.policy)
        let client = mesh.client
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in UInt64(0)..<8 {
                group.addTask {
                    for turn in UInt64(0)..<15 {
                        let x = 100 * number + turn
                        let result = try await client.evaluate(id, [[FieldElement(x)]])
                        #expect(result.outputs == [[FieldElement((x + 7) * (x + 7))]])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `F9 two approvals of one custodian are one`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        try await mesh.ready()
        let id = try await mesh.install(Self.package("input x\noutput x"))
        var bundle = ActivationBundle(version: "1.0.0", epoch: 1, policy: Self.policy, approvals: [])
        let terms = try bundle.terms(of: id, by: mesh.roster.set)
        for _ in 0..<2 {
            let approval = try Approval.sign(
                terms, as: mesh.seats[0].did, at: Mesh.clock(), by: mesh.seats[0].approval, salt: SystemRandom.bytes(16))
            bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
            _ = try await mesh.service.approve(id, bundle)
        }
        await #expect(throws: (any Error).self) { _ = try await mesh.service.activate(id) }
        await #expect(throws: (any Error).self) { _ = try await mesh.client.evaluate(id, [[FieldElement(1)]]) }
    }

    @Test func `F10 an approval by any key but the custodian's people's is refused`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        try await mesh.ready()
        let id = try await mesh.install(Self.package("input x\noutput x"))
        var bundle = ActivationBundle(version: "1.0.0", epoch: 1, policy: Self.policy, approvals: [])
        let terms = try bundle.terms(of: id, by: mesh.roster.set)
        let strangers = try [
            // Another custodian's key, a key of nobody, and the right key for a custodian who is none.
            (mesh.seats[0].did, mesh.seats[1].approval),
            (mesh.seats[0].did, SigningKey<Purpose.Approval>.generate(.mlDSA65)),
            (mesh.roster.coordinator, mesh.seats[0].approval),
        ]
        for (did, key) in strangers {
            let approval = try Approval.sign(terms, as: did, at: Mesh.clock(), by: key, salt: SystemRandom.bytes(16))
            bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
            let forged = bundle
            await #expect(throws: (any Error).self) { _ = try await mesh.service.approve(id, forged) }
        }
    }

    @Test func `F11 one custodian alone evaluates nothing`() async throws {
        let mesh = try Mesh(3, 2, patience: .seconds(3))
        defer { mesh.stop() }
        let id = try await mesh.activate(Self.package("input x\nmul y = x x\noutput y"), secrets: [], policy: Self.policy)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let code = Mutex<String?>(nil)
        mesh.tap { message in
            guard message.to == mesh.roster.coordinator,
                case .answer(1 << 40, let body, _) = try? CustodianMessage(message.bytes)
            else { return [message] }
            code.withLock { $0 = body["error"]?["code"]?.string }
            return []
        }
        let requests: [(body: JSONObject, expected: String)] = [
            (["op": "eval_share", "inputs": ["x": "5"]], "custodian.message_malformed"),
            (["op": "begin", "parties": [1], "program": .string(Hex.encode(id)), "secrets": false], "wire."),
        ]
        for (body, expected) in requests {
            code.withLock { $0 = nil }
            let bytes = try CustodianMessage.request(1 << 40, body, attachment: []).bytes
            await mesh.node(1)?.receive(bytes, from: mesh.roster.coordinator)
            #expect(code.withLock { $0 }?.hasPrefix(expected) == true, "\(code.withLock { $0 } ?? "nothing")")
            // A custodian does not answer to a peer, and to nobody else at all.
            code.withLock { $0 = nil }
            await mesh.node(1)?.receive(bytes, from: try DID(DID.prefix + String(repeating: "ab", count: 32)))
            #expect(code.withLock { $0 } == nil)
        }
        // A certificate with the word of one custodian is none.
        let only = mesh.seats[0].did
        mesh.tap { message in
            guard message.to == mesh.roster.coordinator, message.from != only, message.bytes.first == 4 else {
                return [message]
            }
            return []
        }
        await #expect(throws: (any Error).self) { _ = try await mesh.client.evaluate(id, [[FieldElement(5)]]) }
    }

    @Test func `F12 a package whose id is not its hash is refused by every custodian`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        try await mesh.ready()
        let honest = try Self.package("input x\noutput x")
        var json = try #require(JSONParser.parse(honest).object)
        json["program_id"] = .string(String(repeating: "0", count: 64))
        let forged = try CanonicalForm.jcs.encode(.object(json))
        await #expect { _ = try await mesh.install(forged) } throws: {
            ($0 as? CustodianError)?.code == "compute.program_id_mismatch"
        }
        for number in 1...3 { #expect(await mesh.service.status()[number]?["programs"]?.array?.isEmpty == true) }
    }

    @Test func `F13 a budget belongs to a key that a custodian's people admitted`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        var policy = Self.policy
        policy.clientBudget = 1
        let id = try await mesh.activate(Self.package("input x\noutput x"), secrets: [], policy: policy)
        _ = try await mesh.client.evaluate(id, [[FieldElement(1)]])
        await #expect { _ = try await mesh.client.evaluate(id, [[FieldElement(1)]]) } throws: {
            ($0 as? CustodianError)?.code == "compute.budget_exhausted"
        }
        // Under another name it is a stranger.
        let renamed = ComputeClient(
            mesh.roster, key: try .generate(.mlDSA65), service: mesh.service, read: Programs.read, now: Mesh.clock)
        await #expect { _ = try await renamed.evaluate(id, [[FieldElement(1)]]) } throws: {
            ($0 as? CustodianError)?.code == "custodian.unknown_client"
        }
    }

    @Test func `F15 a missing input is refused before anything is claimed or charged`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Self.package("input x\ninput y\nmul z = x y\noutput z"), secrets: [], policy: Self.policy)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        let client = mesh.clientKey.publicKey.id
        let before = try await mesh.remaining(of: client, id)
        for row in [[], [FieldElement(1)], [FieldElement(1), FieldElement(2), FieldElement(3)]] {
            await #expect { _ = try await mesh.client.evaluate(id, [row]) } throws: {
                ($0 as? ThresholdError)?.code == "threshold.wrong_inputs"
            }
        }
        #expect(try await mesh.remaining(of: client, id) == before)
    }

    /// A client of its own making: what it hands in is not what its proof of ranges says.
    private final class Packer: ComputeService {
        private let service: Coordinator
        private let key: SigningKey<Purpose.Ticket>
        private let claims = Mutex<[[UInt8]: Claim]>([:])

        init(_ service: Coordinator, _ key: SigningKey<Purpose.Ticket>) {
            self.service = service
            self.key = key
        }

        func program(_ id: [UInt8]) async throws -> ProgramStatement { try await service.program(id) }
        func orderSecretsMaterial(_ program: [UInt8]) async throws { try await service.orderSecretsMaterial(program) }

        func claim(
            _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
        ) async throws -> ClaimGrant {
            claims.withLock { $0[claim.id] = claim }
            return try await service.claim(program, secrets: secrets, ticket: ticket, claim: claim, rows: rows)
        }

        /// Adds 2^64 to the first masked value, so that the output would hold both weights one above the other.
        func submit(
            _ program: [UInt8], claim: [UInt8], submission: Submission, frames: [Int: [UInt8]]
        ) async throws -> SubmissionAnswer {
            let head = ChanceryThreshold.Frame.headerBytes
            let packed = frames.mapValues { frame in
                let first = FieldElement(bytes: frame[head..<head + 16]) ?? .zero
                return Array(frame[..<head]) + (first + FieldElement(reducing: 1 << 64)).bytes + Array(frame[(head + 16)...])
            }
            guard let any = packed.values.first, let honest = claims.withLock({ $0[claim] }) else {
                throw CustodianError(.claimUnknown, "no claim")
            }
            let digest = Digest.sha3_256(
                Array("chancery/threshold/submission/v1".utf8) + [0] + Array(any[4..<36]) + Array(any[head...]))
            let signed = try Submission.sign(for: honest, inputs: digest, output: submission.output, by: key)
            return try await service.submit(program, claim: claim, submission: signed, frames: packed)
        }
    }

    @Test(arguments: [(3, 2), (4, 2)])
    func `F16 inputs beyond their declared range open nothing, so weights cannot be packed`(size: Int, quorum: Int) async throws
    {
        let mesh = try Mesh(size, quorum)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: Self.policy)
        let packing = ComputeClient(
            mesh.roster, key: mesh.clientKey, service: Packer(mesh.service, mesh.clientKey), read: Programs.read,
            now: Mesh.clock)
        await #expect { _ = try await packing.evaluate(id, [[FieldElement(1), FieldElement(1)]]) } throws: {
            ($0 as? CustodianError)?.code == "threshold.input_out_of_range"
        }
        // It was charged: trying costs.
        #expect(try await mesh.remaining(of: mesh.clientKey.publicKey.id, id) == [199])
        #expect(
            try await mesh.client.evaluate(id, [[FieldElement(1), FieldElement(1)]]).outputs == [[FieldElement(18)]])
    }
}
