import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChanceryWire
import Synchronization
import Testing

/// What one custodian does so that others do not make material with each other any more.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct MovedIndexTests {
    private static func order(_ program: JSONValue?, purpose: Int64, first: Int64) throws -> [UInt8] {
        try CustodianMessage.notice([
            "count": 1, "epoch": 1, "first": .integer(first), "notice": "material", "parties": [1, 2, 3, 4],
            "program": program ?? .null, "purpose": .integer(purpose), "secrets": .null,
        ]).bytes
    }

    private static func begun(_ mesh: Mesh, _ number: Int) throws -> Int {
        try LogRule.lines(of: "begun", in: mesh.seats[number - 1].store.entries()).count
    }

    /// Custodian 4 answers an order of 1's with the farthest that its word moves, orders as far above that and above what 1 began as an
    /// order moves, from 1 alone, and is silent from then on: at four custodians nothing is made without 1.
    @Test func `a custodian that a liar moves by an answer and by orders takes part again`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let (victim, liar) = (mesh.seats[0].did, mesh.seats[3].did)
        let hasLied = Mutex(false)
        mesh.tap { message in
            if hasLied.withLock({ $0 }) { return message.from == liar && mesh.number(message.to) != nil ? [] : [message] }
            guard message.from == victim, message.to == liar, message.bytes.first == 2,
                case .notice(let notice) = try? CustodianMessage(message.bytes), notice["notice"]?.string == "material",
                notice["purpose"]?.integer == 2, let first = notice["first"]?.integer, let count = notice["count"]?.integer
            else { return [message] }
            let (own, told) = (first + count, first + count + 1 << 32)
            let answer: JSONObject = [
                "begun": .integer(told), "notice": "begun", "program": notice["program"] ?? .null, "purpose": 2,
            ]
            guard let answered = try? CustodianMessage.notice(answer).bytes,
                let far = try? Self.order(notice["program"], purpose: 2, first: told + 1 << 28),
                let near = try? Self.order(notice["program"], purpose: 2, first: own + 1 << 28)
            else { return [message] }
            hasLied.withLock { $0 = true }
            return [answered, far, near].map { Mesh.Message(from: liar, to: victim, bytes: $0) }
        }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        var answer: [[FieldElement]]?
        for _ in 0..<60 where answer == nil {
            answer = try? await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs
            if answer == nil { try await Task.sleep(for: .seconds(1)) }
        }
        #expect(hasLied.withLock { $0 })
        #expect(answer == [[FieldElement(27)]])
        mesh.tap { [$0] }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries(), mayBeIdle: true) }
    }

    @Test func `what others say of material under other keys does not move indices`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        try await mesh.reachEachOther()
        let beat = try CustodianMessage.notice([
            "agreed": .null, "epoch": 0, "notice": "beat",
            "programs": [
                ["begun": .integer(1 << 40), "free": [], "head": .null, "program": .string(Hex.encode(id))] as JSONValue
            ], "retired": false, "used": true,
        ]).bytes
        let before = try Self.begun(mesh, 1)
        for seat in mesh.seats[1...3] { await mesh.node(1)?.receive(beat, from: seat.did) }
        let order = try Self.order(.string(Hex.encode(id)), purpose: 2, first: 1 << 40)
        await mesh.node(1)?.receive(order, from: mesh.seats[3].did)
        #expect(try Self.begun(mesh, 1) == before)
    }

    /// Of sixteen sessions; nobody else takes part.
    @Test func `orders of many programs by one custodian leave room for those of others`() async throws {
        var settings = CustodianSettings.test
        (settings.sessions, settings.patience) = (16, 10)
        let mesh = try Mesh(4, 2, settings: settings)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        var ids: [[UInt8]] = []
        for number in 1...20 {
            ids.append(try await mesh.activate(Programs.package("cube \(number)"), secrets: [], policy: policy))
        }
        let refusals = Mutex(0)
        mesh.tap { message in
            if case .notice(let notice) = try? CustodianMessage(message.bytes), notice["notice"]?.string == "refused" {
                refusals.withLock { $0 += 1 }
            }
            return [message]
        }
        for id in ids {
            let order = try Self.order(.string(Hex.encode(id)), purpose: 2, first: 0)
            await mesh.node(1)?.receive(order, from: mesh.seats[3].did)
        }
        #expect(try Self.begun(mesh, 1) == 4)
        #expect(refusals.withLock { $0 } == 16)
        let order = try Self.order(.string(Hex.encode(ids[19])), purpose: 2, first: 0)
        await mesh.node(1)?.receive(order, from: mesh.seats[2].did)
        #expect(try Self.begun(mesh, 1) == 5)
    }
}
