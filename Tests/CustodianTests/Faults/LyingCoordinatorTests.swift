import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// A coordinator may end every evaluation. It may not make one wrong, nor have material used twice.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct LyingCoordinatorTests {
    @Test(arguments: [(3, 2), (4, 2)])
    func `whatever a coordinator tells clients, no answer is wrong`(size: Int, quorum: Int) async throws {
        let mesh = try Mesh(size, quorum)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: LyingCoordinator.secrets, policy: .wide)
        for (name, liar) in LyingCoordinator.all(before: mesh.service) {
            let client = ComputeClient(
                mesh.roster, key: mesh.clientKey, service: liar, read: Programs.read, now: Mesh.clock)
            let refusals = await LyingCoordinator.refusals(of: client, id, called: name)
            #expect(refusals > 0 || size > 3, "\(name) went unnoticed")
        }
        #expect(
            try await mesh.client.evaluate(id, [[FieldElement(4), FieldElement(2)]]).outputs == [[FieldElement(50 * 4)]])
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
    }

    /// Changes the body of the coordinator's requests to custodians.
    private static func bend(
        _ mesh: Mesh, _ change: @escaping @Sendable (_ party: Int, inout JSONObject) -> Void
    ) -> @Sendable (Mesh.Message) -> [Mesh.Message] {
        let coordinator = mesh.roster.coordinator
        return { message in
            guard message.from == coordinator, let party = mesh.number(message.to),
                case .request(let id, var body, let attachment) = try? CustodianMessage(message.bytes)
            else { return [message] }
            change(party, &body)
            guard let bytes = try? CustodianMessage.request(id, body, attachment: attachment).bytes else { return [] }
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
    }

    @Test func `a coordinator that asks for used or different indices gets no second signature for one`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let bends: [@Sendable (Int, inout JSONObject) -> Void] = [
            // Another index at each custodian.
            { party, body in
                if body["op"]?.string == "sign" { body["first"] = .integer((body["first"]?.integer ?? 0) + Int64(party)) }
            },
            // Other custodians at each custodian.
            { party, body in
                if body["op"]?.string == "begin" {
                    body["parties"] = party < 3 ? JSONValue.array([1, 2, 3]) : JSONValue.array([2, 3, 4])
                }
            },
            // Fewer custodians than would notice a lie.
            { party, body in if body["op"]?.string == "begin" { body["parties"] = [1, 2] } },
            // The index of the first evaluation again.
            { _, body in if body["op"]?.string == "sign" { body["first"] = 0 } },
        ]
        for (number, change) in bends.enumerated() {
            mesh.tap(Self.bend(mesh, change))
            if let result = try? await mesh.client.evaluate(id, [[FieldElement(9)]]) {
                #expect(result.outputs == [[FieldElement(729)]], "bend \(number)")
            }
            mesh.tap { [$0] }
            // After the last one the coordinator has offered all indices that it knows of.
            guard number < bends.count - 1 else { break }
            #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
        }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
        try LogRule.requireOnce(committee: mesh.seats.map { $0.store.entries() }, signatures: 3)
    }

    /// Each half of five with the custodian in between would be enough to notice a lie, and evaluate values of its own.
    @Test func `custodians of one claim begin no two sessions that may be without a common honest one`() async throws {
        let mesh = try Mesh(5, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        func charges() throws -> Set<String> {
            var charged: Set<String> = []
            for seat in mesh.seats {
                let lines = try LogRule.lines(of: "certified", in: seat.store.entries())
                charged.formUnion(lines.compactMap { $0["certificate"]?.string })
            }
            return charged
        }
        let before = try charges()
        mesh.tap(
            Self.bend(mesh) { party, body in
                if body["op"]?.string == "begin" {
                    body["parties"] = party < 3 ? JSONValue.array([1, 2, 5]) : JSONValue.array([3, 4, 5])
                }
            })
        await #expect { _ = try await mesh.client.evaluate(id, [[FieldElement(9)]]) } throws: {
            ($0 as? CustodianError)?.code == "threshold.too_few_parties"
        }
        #expect(try charges() == before)
        mesh.tap { [$0] }
        #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
        // Four go on without the fifth, as they could before.
        await mesh.kill(5)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(6)]]).outputs == [[FieldElement(216)]])
    }

    @Test func `requests that come again change nothing`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let past = Mutex<[Mesh.Message]>([])
        let coordinator = mesh.roster.coordinator
        mesh.tap { message in
            guard message.from == coordinator else { return [message] }
            // Everything again, and everything of the evaluations before once more.
            let again = past.withLock { past in
                past.append(message)
                return past.filter { $0.to == message.to }.suffix(8)
            }
            return [message] + again
        }
        for x: UInt64 in 2...6 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
        mesh.tap { [$0] }
        #expect(try await mesh.remaining(of: mesh.clientKey.publicKey.id, id) == [495])
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
    }
}
