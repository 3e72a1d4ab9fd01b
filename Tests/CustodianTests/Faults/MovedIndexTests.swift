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
        var ids: [[UInt8]] = []
        for number in 1...20 { ids.append(try await mesh.install(Programs.package("score \(number)"))) }
        let refusals = Mutex(0)
        mesh.tap { message in
            if case .notice(let notice) = try? CustodianMessage(message.bytes), notice["notice"]?.string == "refused" {
                refusals.withLock { $0 += 1 }
            }
            return [message]
        }
        for id in ids {
            let order = try Self.order(.string(Hex.encode(id)), purpose: 1, first: 0)
            await mesh.node(1)?.receive(order, from: mesh.seats[3].did)
        }
        #expect(try Self.begun(mesh, 1) == 4)
        #expect(refusals.withLock { $0 } == 16)
        let order = try Self.order(.string(Hex.encode(ids[19])), purpose: 1, first: 0)
        await mesh.node(1)?.receive(order, from: mesh.seats[2].did)
        #expect(try Self.begun(mesh, 1) == 5)
    }
}
