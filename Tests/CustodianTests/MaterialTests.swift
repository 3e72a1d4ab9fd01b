import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChanceryWire
import Synchronization
import Testing

/// Material is made although somebody keeps it from being made.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct MaterialTests {
    private static func notice(_ message: Mesh.Message) -> String? {
        guard message.bytes.first == 2, case .notice(let notice) = try? CustodianMessage(message.bytes) else { return nil }
        return notice["notice"]?.string
    }

    private static func begun(_ mesh: Mesh, _ number: Int) -> Int {
        mesh.seats[number - 1].store.entries().count { String(decoding: $0, as: UTF8.self).contains(#""kind":"begun""#) }
    }

    /// Evaluates eight rows at once until that succeeded so many times, or no more tries are left.
    private static func answers(_ mesh: Mesh, _ id: [UInt8], wanted: Int, tries: Int) async throws -> Int {
        var answered = 0
        for turn in 0..<tries where answered < wanted {
            let rows = (0..<8).map { [FieldElement(UInt64(10 * turn + $0))] }
            guard let result = try? await mesh.client.evaluate(id, rows) else { continue }
            #expect(result.outputs == rows.map { [$0[0] * $0[0] * $0[0]] })
            answered += 1
        }
        return answered
    }

    /// At four custodians a wrong share in material names nobody.
    @Test(arguments: 2...4)
    func `wrong shares while material is made cost a few orders`(liar: Int) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let did = mesh.seats[liar - 1].did
        mesh.tap { message in
            guard message.from == did, message.bytes.first == 1, message.bytes.count > 50, message.bytes[2] == 4 else {
                return [message]
            }
            var bytes = message.bytes
            bytes[1 + 48] ^= 1
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        #expect(try await Self.answers(mesh, id, wanted: 4, tries: 12) == 4)
        for number in 1...4 where number != liar { #expect(Self.begun(mesh, number) < 30) }
        for number in 1...4 {
            try LogRule.requireOnce(mesh.seats[number - 1].store.entries(), mayBeIdle: number == liar)
        }
    }

    /// The lowest number orders material; what it orders does not reach the others.
    @Test func `when the first in line has nothing made the next one does`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let did = mesh.seats[0].did
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        mesh.tap { $0.from == did && Self.notice($0) == "material" ? [] : [$0] }
        // What is left lasts for one answer.
        #expect(try await Self.answers(mesh, id, wanted: 2, tries: 12) == 2)
    }

    @Test func `nobody but who is asked can say where material was begun`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let before = Self.begun(mesh, 1)
        for step: Int64 in 1...50 {
            let notice: JSONObject = [
                "begun": .integer(step * 1_000_000_000), "notice": "begun", "program": .string(Hex.encode(id)), "purpose": 2,
            ]
            await mesh.node(1)?.receive(try CustodianMessage.notice(notice).bytes, from: mesh.seats[3].did)
        }
        #expect(Self.begun(mesh, 1) <= before + 3)
    }

    // MARK: one custodian against the others' material

    /// Whether a message is a beat, changed by `change` where it is.
    private static func changed(_ message: Mesh.Message, _ change: (inout JSONObject) -> Void) -> Mesh.Message {
        guard notice(message) == "beat", case .notice(var beat) = try? CustodianMessage(message.bytes) else { return message }
        change(&beat)
        guard let bytes = try? CustodianMessage.notice(beat).bytes else { return message }
        return Mesh.Message(from: message.from, to: message.to, bytes: bytes)
    }

    /// How much a custodian has ready.
    private static func material(_ mesh: Mesh, of number: Int) async -> Int64 {
        await mesh.service.status()[number]?["programs"]?.array?.first?["material"]?.integer ?? 0
    }

    /// The victim waits for the liar in the first round of material, and the others wait for the victim.
    @Test(arguments: [(2, 3), (4, 2)])
    func `who looks silent by another's doing has part in material without that other`(liar: Int, victim: Int) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("cube"))
        let (from, to) = (mesh.seats[liar - 1].did, mesh.seats[victim - 1].did)
        mesh.tap { message in
            // An opening in the first round is of material.
            let isFirst = message.bytes.count > 49 && message.bytes[2] == 4 && message.bytes[37..<41].allSatisfy { $0 == 0 }
            return message.from == from && message.to == to && message.bytes.first == 1 && isFirst ? [] : [message]
        }
        try await mesh.approve(id, Programs.package("cube"), policy: .wide)
        let wanted = Array(1...4).filter { $0 != liar }
        #expect(try await Self.committees(mesh, id, until: wanted).contains(wanted))
        #expect(try await Self.answers(mesh, id, wanted: 3, tries: 10) == 3)
    }

    /// Who made the material that custodian 1 has, until `wanted` made some.
    private static func committees(_ mesh: Mesh, _ id: [UInt8], until wanted: [Int]) async throws -> Set<[Int]> {
        var seen: Set<[Int]> = []
        for _ in 0..<300 where !seen.contains(wanted) {
            let blocks = try await mesh.service.query("pool", id)[1]?["blocks"]?.array ?? []
            for block in blocks { seen.insert((block["parties"]?.array ?? []).compactMap { $0.integer.map { Int($0) } }) }
            try await Task.sleep(for: .milliseconds(200))
        }
        return seen
    }

    /// Custodian 4 sends 2 a wrong hash in the last round, and 1 the right one only when 2 has told 1 that the order failed.
    @Test func `who says that an order failed before it ends elsewhere is heard`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("cube"))
        let (orderer, victim, liar) = (mesh.seats[0].did, mesh.seats[1].did, mesh.seats[3].did)
        let held = Mutex<[Mesh.Message]>([])
        mesh.tap { message in
            let isHash = message.from == liar && message.bytes.first == 1 && message.bytes.count > 49 && message.bytes[2] == 6
            if isHash, message.to == victim {
                var bytes = message.bytes
                bytes[49] ^= 1
                return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
            }
            if isHash, message.to == orderer {
                held.withLock { $0.append(message) }
                return []
            }
            guard message.from == victim, message.to == orderer, Self.notice(message) == "failed" else { return [message] }
            return [message]
                + held.withLock { held in
                    defer { held = [] }
                    return held
                }
        }
        try await mesh.approve(id, Programs.package("cube"), policy: .wide)
        #expect(try await Self.committees(mesh, id, until: [1, 2, 3]).contains([1, 2, 3]))
    }

    /// Custodian 1 is the first in line, and makes as if 4 were away.
    @Test func `material that one custodian orders without another is not all that is made`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("cube"))
        let (first, last) = (mesh.seats[0].did, mesh.seats[3].did)
        mesh.tap { $0.from == last && $0.to == first && Self.notice($0) == "beat" ? [] : [$0] }
        // Until 1 counts 4 among those who are away.
        try await Task.sleep(for: .seconds(5))
        try await mesh.approve(id, Programs.package("cube"), policy: .wide)
        for _ in 0..<20 {
            if await Self.material(mesh, of: 4) > 0 { break }
            _ = try? await mesh.service.order(id, count: 3)
            try await Task.sleep(for: .seconds(3))
        }
        #expect(await Self.material(mesh, of: 4) > 0)
    }

    @Test func `what one custodian says twice of its material is counted once`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let liar = mesh.seats[3].did
        mesh.tap { message in
            guard message.from == liar else { return [message] }
            return [
                Self.changed(message) { beat in
                    let programs = (beat["programs"]?.array ?? []).map { item -> JSONValue in
                        guard var program = item.object, let end = program["free"]?.array?.last?.array?.last?.integer else {
                            return item
                        }
                        program["free"] = .array((0..<64).map { _ in .array([.integer(end - 1), .integer(end)]) })
                        return .object(program)
                    }
                    beat["programs"] = .array(programs)
                }
            ]
        }
        #expect(try await Self.answers(mesh, id, wanted: 2, tries: 4) == 2)
        for _ in 0..<100 {
            if await Self.material(mesh, of: 1) >= 8 { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(await Self.material(mesh, of: 1) >= 8)
    }

    /// At three custodians what one of them lost is of no use to the others.
    @Test func `a custodian that loses its material again and again has more made each time`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        for x: UInt64 in 2...8 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
            // A beat, with which it says what it has: what is lost before that is made ever more seldom.
            try await Task.sleep(for: .milliseconds(1200))
            await mesh.kill(3)
            try mesh.start(3)
            try await mesh.serves(3)
            try await mesh.reachEachOther()
        }
        // What it lost takes no room for ever.
        #expect(await Self.material(mesh, of: 1) <= 4 * Int64(Self.room))
    }

    private static let room = CustodianSettings.test.material

    /// Nobody signs an order of material.
    @Test func `material for secrets that strangers order is bounded`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("score"))
        try await mesh.reachEachOther()
        for _ in 0..<60 {
            _ = try? await mesh.service.order(id, count: 1, isForSecrets: true)
            try await Task.sleep(for: .milliseconds(50))
        }
        for number in 1...3 { #expect(Self.begun(mesh, number) <= 10) }
        try await mesh.client.installSecrets(id, [FieldElement(7), FieldElement(11)], epoch: 1)
    }

    /// It says that material is on its way, and orders none. Nothing is made but by order.
    @Test func `what the first custodian only says it orders is ordered from the next one`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        let (liar, coordinator) = (mesh.seats[0].did, mesh.roster.coordinator)
        mesh.tap { message in
            guard message.from == coordinator, message.to == liar,
                case .request(let number, let body, _) = try? CustodianMessage(message.bytes),
                body["op"]?.string == "order",
                let answer = try? CustodianMessage.answer(number, ["ordered": 4], attachment: []).bytes
            else { return [message] }
            return [Mesh.Message(from: liar, to: coordinator, bytes: answer)]
        }
        #expect(try await mesh.service.order(id, count: 4) == 4)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs == [[FieldElement(27)]])
    }

    // MARK: orders that are refused

    private static func order(_ id: [UInt8], purpose: Int64, first: Int, count: Int) throws -> [UInt8] {
        let notice: JSONObject = [
            "count": .integer(Int64(count)), "epoch": 1, "first": .integer(Int64(first)), "notice": "material",
            "parties": [1, 2, 3, 4], "program": .string(Hex.encode(id)), "purpose": .integer(purpose), "secrets": .null,
        ]
        return try CustodianMessage.notice(notice).bytes
    }

    /// Whoever orders need not wait for those who take no part.
    @Test func `orders for secrets of an active program are refused at once`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        try await mesh.reachEachOther()
        let refusals = Mutex(0)
        mesh.tap { message in
            if Self.notice(message) == "refused" { refusals.withLock { $0 += 1 } }
            return [message]
        }
        let before = Self.begun(mesh, 2)
        await mesh.node(2)?.receive(try Self.order(id, purpose: 1, first: 100, count: 1), from: mesh.seats[3].did)
        #expect(refusals.withLock { $0 } == 1)
        #expect(Self.begun(mesh, 2) == before)
    }

    /// Custodian 4 orders, and all carry it out; it has 3 order from itself what it orders from the others.
    @Test func `who orders again and again what nobody uses is refused in the end`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        try await mesh.reachEachOther()
        let refusals = Mutex(0)
        mesh.tap { message in
            if Self.notice(message) == "refused" { refusals.withLock { $0 += 1 } }
            return [message]
        }
        let room = 4 * Self.room
        var most: Int64 = 0
        for turn in 0..<60 where refusals.withLock({ $0 }) == 0 {
            let before = Self.begun(mesh, 1)
            for number in 1...4 {
                let bytes = try Self.order(id, purpose: 2, first: turn * room, count: room)
                await mesh.node(number)?.receive(bytes, from: mesh.seats[number == 4 ? 2 : 3].did)
            }
            guard Self.begun(mesh, 1) > before else { break }
            for _ in 0..<100 {
                let last = try await mesh.service.query("pool", id)[1]?["blocks"]?.array?.last
                if last?["first"]?.integer ?? -1 >= Int64(turn * room) { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            most = max(most, await Self.material(mesh, of: 1))
        }
        #expect(refusals.withLock { $0 } > 0)
        #expect(Self.begun(mesh, 1) <= OrderBook.costlyPerMinute + 2)
        #expect(most <= Int64(room))
    }

    /// All take part honestly, so that no order fails.
    @Test func `orders far above all that was begun are refused after the first`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        try await mesh.reachEachOther()
        let before = Self.begun(mesh, 1)
        for turn in 1...10 {
            for number in 1...4 {
                let bytes = try Self.order(id, purpose: 2, first: turn * (1 << 27 + 1 << 26), count: 1)
                await mesh.node(number)?.receive(bytes, from: mesh.seats[number == 4 ? 2 : 3].did)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(Self.begun(mesh, 1) == before + 1)
        // Nothing stands in the way of what is ordered from there on.
        #expect(try await mesh.service.order(id, count: 4) == 4)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs == [[FieldElement(27)]])
    }
}
