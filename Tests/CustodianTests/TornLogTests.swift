import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// A crash may leave any beginning of what was written together.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TornLogTests {
    private struct Nowhere: PeerNetwork {
        func send(_ message: [UInt8], to peer: DID) {}
    }

    private static func store(_ entries: some Sequence<[UInt8]>, of seat: Mesh.Seat) -> MemoryCustodianStore {
        let store = MemoryCustodianStore()
        store.append(Array(entries))
        if let keys = seat.store.epochKeys(1) { store.setEpochKeys(keys, epoch: 1) }
        return store
    }

    @Test func `a custodian starts from every beginning of its log, also when it is written anew`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: .wide)
        for x: UInt64 in 2...4 { _ = try await mesh.client.evaluate(id, [[FieldElement(x), FieldElement(1)]]) }
        let seat = mesh.seats[0]
        let log = seat.store.entries()
        for kind in ["activated", "bound", "certified", "event"] {
            #expect(try !LogRule.lines(of: kind, in: log).isEmpty, "\(kind)")
        }
        for compactBytes in [16 << 20, 0] {
            var settings = CustodianSettings.test
            settings.compactBytes = compactBytes
            for length in 0...log.count {
                let store = Self.store(log[..<length], of: seat)
                #expect(throws: Never.self, "\(length) of \(log.count)") {
                    _ = try CustodianNode(
                        mesh.roster, as: seat.did, key: seat.key, settings: settings, store: store,
                        clients: Mesh.Directory(clients: [:]), network: Nowhere(), read: Programs.read, now: Mesh.clock)
                }
            }
        }
    }

    @Test func `an activation that a crash cut off is made again`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.serves(4)
        await mesh.kill(4)
        let log = mesh.seats[3].store.entries()
        let kinds = try log.map { try JSONParser.parse($0, limits: .init(bytes: 64 << 20, depth: 64))["kind"]?.string }
        let place = try #require(kinds.firstIndex(of: "activated"))
        #expect(kinds[place + 1] == "meter")
        try mesh.start(4, store: Self.store(log[...place], of: mesh.seats[3]))
        try await mesh.reachEachOther()
        #expect(await mesh.service.status()[4]?["programs"]?.array?.first?["activation"]?.isNull == true)
        _ = try await mesh.service.activate(id)
        try await mesh.serves(4)
        try await mesh.settle(id)
    }
}
