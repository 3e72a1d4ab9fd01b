import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryNode
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Synchronization
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

    /// A log with a line that is superfluous many times over.
    private static func padded(_ log: [[UInt8]]) throws -> [[UInt8]] {
        let found = log.last { String(decoding: $0, as: UTF8.self).contains(#""kind":"begun""#) }
        let line = try #require(found)
        let length = log.reduce(0) { $0 + $1.count }
        return log + Array(repeating: line, count: 1 + length / line.count)
    }

    /// Starts a custodian that hears nobody, and writes its log anew if it may.
    private static func start(
        _ seat: Mesh.Seat, of mesh: Mesh, on store: MemoryCustodianStore,
        _ change: (inout CustodianSettings) -> Void = { _ in }, read: @escaping ProgramContent.Reader = Programs.read
    ) throws {
        var settings = CustodianSettings.test
        settings.compactBytes = 0
        change(&settings)
        _ = try CustodianNode(
            mesh.roster, as: seat.did, key: seat.key, settings: settings, store: store,
            clients: Mesh.Directory(clients: [:]), network: Nowhere(), read: read, now: Mesh.clock)
    }

    private static func names(_ member: String, of kind: String, in log: [[UInt8]]) throws -> [String] {
        try LogRule.lines(of: kind, in: log).compactMap { $0[member]?.string }
    }

    @Test func `a log that could not be read once it is written anew stays as it is`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let seat = mesh.seats[0]
        let log = try Self.padded(seat.store.entries())
        let long = Self.store(log, of: seat)
        try Self.start(seat, of: mesh, on: long) { $0.lineBytes = 64 }
        #expect(long.entries().starts(with: log))
        // The second time is that of the new lines.
        let times = Mutex(0)
        let broken = Self.store(log, of: seat)
        try Self.start(
            seat, of: mesh, on: broken,
            read: { package in
                let time = times.withLock { times in
                    times += 1
                    return times
                }
                guard time != 2 else { throw CustodianError(.programRefused, "it cannot be read") }
                return try Programs.read(package)
            })
        #expect(broken.entries().starts(with: log))
        let count = times.withLock(\.self)
        #expect(count == 3)
        let whole = Self.store(log, of: seat)
        try Self.start(seat, of: mesh, on: whole)
        #expect(whole.entries().count < log.count)
    }

    /// As one that is suspended: others are not asked, and nothing ends that.
    @Test func `a program that does not hear what it missed keeps no log from being written anew`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        for x: UInt64 in 2...4 { _ = try await mesh.client.evaluate(id, [[FieldElement(x)]]) }
        let found = try mesh.seats.first { try !LogRule.lines(of: "certified", in: $0.store.entries()).isEmpty }
        let seat = try #require(found)
        // Long before the last entry of its books.
        let early = Mesh.clock().advanced(bySeconds: -7200).text
        let since = Mesh.clock().advanced(bySeconds: -10_800).text
        var log = try seat.store.entries().map { line in
            guard var json = try JSONParser.parse(line, limits: .init(bytes: 64 << 20, depth: 64)).object else { return line }
            switch json["kind"]?.string {
            case "bound": json["until"] = .string(early)
            case "certified": json["time"] = .string(early)
            default: return line
            }
            return try CanonicalForm.jcs.encode(json)
        }
        let away: JSONValue = [
            "kind": "away", "program": .string(Hex.encode(id)), "since": .string(since), "type": "chancery/custodian-log/v1",
        ]
        log = try Self.padded(log + [CanonicalForm.jcs.encode(away)])
        let store = Self.store(log, of: seat)
        try Self.start(seat, of: mesh, on: store) { $0.certificateBytes = 1 }
        let anew = store.entries()
        #expect(anew.count < log.count)
        #expect(try Self.names("since", of: "away", in: anew) == [since])
        #expect(try LogRule.lines(of: "forgotten", in: anew).isEmpty)
        for (kind, member) in [("bound", "claim"), ("certified", "certificate")] {
            let names = try Self.names(member, of: kind, in: anew)
            #expect(try names == Self.names(member, of: kind, in: log), "\(kind)")
        }
    }

    @Test func `names of claims for secrets stay when the log is written anew before the activation`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        _ = try await mesh.install(Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)])
        let found = try mesh.seats.first { try !LogRule.lines(of: "bound", in: $0.store.entries()).isEmpty }
        let seat = try #require(found)
        let log = try Self.padded(seat.store.entries())
        let store = Self.store(log, of: seat)
        try Self.start(seat, of: mesh, on: store)
        #expect(store.entries().count < log.count)
        #expect(try Self.names("claim", of: "bound", in: store.entries()) == Self.names("claim", of: "bound", in: log))
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
