import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Synchronization
import Testing

/// A custodian that was away hears what it missed, whenever the others' answers come.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RejoiningTests {
    private static func isAnswer(_ message: Mesh.Message) -> Bool {
        guard message.bytes.first == 2, case .notice(let notice) = try? CustodianMessage(message.bytes) else { return false }
        return notice["notice"]?.string == "certified"
    }

    @Test func `answers that come late or twice retire no custodian whose log is whole`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        for x: UInt64 in 2...4 { _ = try await mesh.client.evaluate(id, [[FieldElement(x)]]) }
        await mesh.kill(4)
        let (late, slow) = (mesh.seats[3].did, mesh.seats[2].did)
        let held = Mutex<[Mesh.Message]>([])
        mesh.tap { message in
            guard message.to == late, Self.isAnswer(message) else { return [message] }
            held.withLock { $0.append(message) }
            return message.from == slow ? [] : [message]
        }
        try mesh.start(4)
        try await mesh.serves(4)
        // Two beats: what is over is forgotten.
        try await Task.sleep(for: .milliseconds(2200))
        for _ in 0..<100 where Set(held.withLock { $0 }.map(\.from)).count < 3 {
            try await Task.sleep(for: .milliseconds(50))
        }
        let answers = held.withLock { $0 }
        #expect(Set(answers.map(\.from)).count == 3)
        for message in answers + answers { await mesh.node(4)?.receive(message.bytes, from: message.from) }
        #expect(await mesh.service.status()[4]?["retired"]?.string == nil)
        mesh.tap { [$0] }
        #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
    }

    /// The one custodian that remembers answers last.
    @Test func `a lost log is noticed in a late answer too`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let early = mesh.seats[3].store.entries()
        for x: UInt64 in 2...4 { _ = try await mesh.client.evaluate(id, [[FieldElement(x)]]) }
        await mesh.kill(4)
        let (restored, slow) = (mesh.seats[3].did, mesh.seats[2].did)
        let held = Mutex<[Mesh.Message]>([])
        mesh.tap { message in
            guard message.to == restored, Self.isAnswer(message) else { return [message] }
            guard message.from == slow else {
                // It says that it knows of nothing.
                guard case .notice(var notice) = try? CustodianMessage(message.bytes) else { return [] }
                notice["certificates"] = .array([])
                let bytes = (try? CustodianMessage.notice(notice).bytes) ?? []
                return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
            }
            held.withLock { $0.append(message) }
            return []
        }
        let store = MemoryCustodianStore()
        store.append(early)
        if let keys = mesh.seats[3].store.epochKeys(1) { store.setEpochKeys(keys, epoch: 1) }
        try mesh.start(4, store: store)
        try await mesh.serves(4)
        for _ in 0..<100 where held.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(50)) }
        for message in held.withLock({ $0 }) { await mesh.node(4)?.receive(message.bytes, from: message.from) }
        #expect(await mesh.service.status()[4]?["retired"]?.string != nil)
    }

    /// As after more claims than fit what is kept: all of these were made within minutes.
    @Test func `a custodian that was killed under load serves again`() async throws {
        var settings = CustodianSettings.test
        (settings.certificateBytes, settings.answerBytes, settings.compactBytes) = (1, 1, 1)
        let mesh = try Mesh(4, 2, settings: settings)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        await mesh.kill(4)
        for x: UInt64 in 2...7 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
        // One of those that answer wrote its log anew.
        await mesh.kill(1)
        try mesh.start(1)
        try await mesh.serves(1)
        let (late, silent) = (mesh.seats[3].did, mesh.seats[2].did)
        let parts = Mutex<[Int]>([])
        mesh.tap { message in
            guard message.to == late, Self.isAnswer(message), case .notice(let notice) = try? CustodianMessage(message.bytes)
            else { return [message] }
            parts.withLock { $0.append(notice["certificates"]?.array?.count ?? 0) }
            return message.from == silent ? [] : [message]
        }
        try mesh.start(4)
        try await mesh.serves(4)
        #expect(parts.withLock { $0.max() } == 1)
        #expect(parts.withLock { $0.count } >= 12)
        #expect(try await mesh.remaining(of: mesh.clientKey.publicKey.id, id).count == 1)
        #expect(await mesh.service.status()[4]?["programs"]?.array?.first?["catching_up"]?.isNull == true)
    }

    /// The books go on with the first certificate that is taken over.
    @Test func `whoever is killed before it has heard everything asks for everything again`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        for x: UInt64 in 2...4 { _ = try await mesh.client.evaluate(id, [[FieldElement(x)]]) }
        await mesh.kill(4)
        let (late, teller) = (mesh.seats[3].did, mesh.seats[0].did)
        mesh.tap { $0.to == late && $0.from != teller && Self.isAnswer($0) ? [] : [$0] }
        func lines(_ kind: String) -> [String] {
            mesh.seats[3].store.entries().map { String(decoding: $0, as: UTF8.self) }.filter {
                $0.contains("\"kind\":\"\(kind)\"")
            }
        }
        try mesh.start(4)
        try await Task.sleep(for: .milliseconds(2500))
        await mesh.kill(4)
        #expect(lines("away").count == 1)
        mesh.tap { [$0] }
        try mesh.start(4)
        try await mesh.serves(4)
        for _ in 0..<100 where lines("back").isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        #expect(["away", "back"].map { lines($0).count } == [1, 1])
    }

    @Test func `an answer that was lost is asked for again, and each part once`() {
        let start = UTCTime(milliseconds: 1_000_000)
        var missed = MissedClaims(since: start, at: start)
        let first = MissedClaims.Place(since: start, skip: 0)
        let second = MissedClaims.Place(since: start, skip: 3)
        let early = [0, 29, 30].map { missed.ask(2, at: start.advanced(bySeconds: $0)) }
        #expect(early == [first, nil, first])
        #expect(missed.awaits(2, first))
        #expect(!missed.awaits(3, first))
        missed.proceed(2, to: second)
        #expect(!missed.awaits(2, first))
        let later = [31, 60, 61].map { missed.ask(2, at: start.advanced(bySeconds: $0)) }
        #expect(later == [second, nil, second])
        missed.forget(2, until: start)
        #expect(missed.forgotten == [2: start])
        missed.proceed(2, to: nil)
        #expect(missed.forgotten.isEmpty)
        #expect(!missed.awaits(2, second))
        let last = missed.ask(2, at: start.advanced(bySeconds: 500))
        #expect(last == nil)
    }

    @Test func `names of claims are kept for an hour after their end`() {
        var claims = BoundClaims()
        let start = UTCTime(milliseconds: 0)
        let names = (0..<3000).map { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        for (number, name) in names.enumerated() { claims.insert(name, until: start.advanced(bySeconds: Int64(number))) }
        claims.prune(at: start.advanced(bySeconds: 2000 + BoundClaims.keptSeconds))
        #expect(claims.count == 1000)
        #expect(!claims.contains(names[1999]))
        #expect(claims.contains(names[2000]))
    }
}
