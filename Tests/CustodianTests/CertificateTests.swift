import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// Certificates that custodians tell each other of: how large, how fast, in which order, and by whom.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct CertificateTests {
    // MARK: how large

    @Test func `what a custodian takes on fits the message that tells another of it`() throws {
        let rows = CertifiedClaim.mostRowBytes
        // What nine signatures over 4096 indices of 16 digits take, and more.
        #expect(CertifiedClaim.fits(certificate: 1_000_000, rows: rows))
        var (low, high) = (0, CustodianMessage.maximumBytes)
        while low < high {
            let middle = (low + high + 1) / 2
            if CertifiedClaim.fits(certificate: middle, rows: rows) { low = middle } else { high = middle - 1 }
        }
        let longest = (4 * (low + rows + 4) + 2) / 3
        // Around it stand ten members of which each has fewer than a hundred bytes.
        #expect(longest + 2048 <= CustodianMessage.maximumBytes, "\(longest)")
    }

    @Test func `rows that no message carries back are refused before anything is charged`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        let asked = try errand.claim(try #require(try await errand.free().last), by: mesh.clientKey)
        let body: JSONObject = [
            "claim": try JSONParser.parse(asked.claim.record.bytes), "first": .integer(Int64(asked.first)), "op": "sign",
            "secrets": false, "ticket": try JSONParser.parse(asked.ticket.record.bytes),
        ]
        let before = mesh.seats[0].store.entries().count { $0.count > 0 }
        let rows = [UInt8](repeating: 0, count: CertifiedClaim.mostRowBytes + 1)
        #expect(try await errand.ask(1, body, rows).code == "custodian.busy")
        #expect(try await errand.ask(1, body, Array(rows.dropLast())).code == "wire.invalid_value")
        let lines = try LogRule.lines(of: "bound", in: Array(mesh.seats[0].store.entries().dropFirst(before)))
        #expect(lines.isEmpty)
        #expect(try await errand.sign(asked, at: 1).code == nil)
    }

    // MARK: how fast, and in which order

    @Test func `questions beyond sixty at once wait, and one is answered in a second`() {
        let start = UTCTime(milliseconds: 1_000_000)
        let places = (0..<100).map { MissedClaims.Place(since: start, skip: $0) }
        var pace = AnswerPace()
        var answered = places.map { pace.take($0, of: 2, at: start) }
        #expect(answered == Array(repeating: true, count: 60) + Array(repeating: false, count: 40))
        // Another custodian has its own.
        answered = [pace.take(places[0], of: 3, at: start)]
        #expect(answered == [true])
        let next = [0, 1, 1, 2, 3].map { pace.next(of: 2, at: start.advanced(bySeconds: $0)) }
        #expect(next == [nil, places[99], nil, nil, nil])
        answered = (0..<70).map { pace.take(places[$0], of: 2, at: start.advanced(bySeconds: 31)) }
        #expect(answered.count { $0 } == 30)
        let last = pace.next(of: 2, at: start.advanced(bySeconds: 32))
        #expect(last == places[69])
        // A clock that was set back stops nobody until it is where it was.
        answered = (0..<61).map { _ in pace.take(places[0], of: 2, at: start.advanced(bySeconds: -3600)) }
        #expect(answered.count { $0 } == 60)
    }

    @Test func `certificates are told by time, also where a clock was set back`() {
        var lines = CertificateLines()
        var twin: [(time: UTCTime, line: Int)] = []
        var state: UInt64 = 7
        for line in 0..<500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let time = UTCTime(milliseconds: Int64(line / 4) * 10 + Int64(state >> 60))
            lines.append((time, line))
            twin.append((time, line))
        }
        twin.sort { ($0.time, $0.line) < ($1.time, $1.line) }
        #expect((0..<lines.count).map { lines[$0].line } == twin.map(\.line))
        for milliseconds: Int64 in 0...1300 {
            let time = UTCTime(milliseconds: milliseconds)
            #expect(lines.first(since: time) == twin.count { $0.time < time })
        }
    }

    @Test func `a custodian that asks without end gets no more than its share`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let (asker, asked) = (mesh.seats[3].did, mesh.seats[0].did)
        let answers = Mutex(0)
        mesh.tap { message in
            guard message.from == asked, message.to == asker, message.bytes.first == 2,
                case .notice(let notice) = try? CustodianMessage(message.bytes), notice["notice"]?.string == "certified"
            else { return [message] }
            answers.withLock { $0 += 1 }
            return []
        }
        let question = try CustodianMessage.notice([
            "notice": "missed", "program": .string(Hex.encode(id)), "since": .string(UTCTime(milliseconds: 0).text),
            "skip": 0,
        ]).bytes
        let start = ContinuousClock.now
        for _ in 0..<500 { await mesh.node(1)?.receive(question, from: asker) }
        let seconds = Int((ContinuousClock.now - start).components.seconds)
        #expect((60...62 + seconds).contains(answers.withLock { $0 }), "\(answers.withLock { $0 }) in \(seconds) s")
    }

    // MARK: by whom

    private static func charged(_ id: [UInt8], _ certificate: [UInt8]) throws -> [UInt8] {
        try CustodianMessage.notice([
            "certificate": .string(Base64.url.encode(CertifiedClaim(certificate, rows: nil).bytes)), "notice": "charged",
            "program": .string(Hex.encode(id)),
        ]).bytes
    }

    /// It has the certificate as soon as the coordinator asks it to begin.
    @Test func `a custodian that shows a certificate first keeps no other from beginning`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        let asked = try errand.claim(try #require(try await errand.free().last), by: mesh.clientKey)
        let certificate = try await errand.certificate(asked, by: [1, 2, 3])
        let notice = try Self.charged(id, certificate)
        for party in 1...3 { await mesh.node(party)?.receive(notice, from: mesh.seats[3].did) }
        for party in 1...3 {
            let begun = try await errand.begin(certificate, at: party, with: [1, 2, 3])
            #expect(begun.code == nil && !begun.attachment.isEmpty)
        }
    }

    /// Four sign, three begin, another one is left out each time: each would charge three of four claims. A claim may be made for as
    /// long as a client likes, so the ticket counts as well.
    @Test(arguments: zip([6, 1000], [600, 6]))
    func `whoever signed a claim and is not asked to begin it charges it while its reservation lives`(
        claimSeconds: Int, ticketSeconds: Int
    ) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        func remaining() async throws -> Int64? {
            try await mesh.service.query("standing", id, client: mesh.clientKey.publicKey.id)[4]?["standing"]?["remaining"]?
                .integer
        }
        let before = try #require(try await remaining())
        let asked = try errand.claim(
            try #require(try await errand.free().last), seconds: Int64(claimSeconds), ticketSeconds: Int64(ticketSeconds),
            by: mesh.clientKey)
        let certificate = try await errand.certificate(asked, by: [1, 2, 3, 4])
        for party in 1...3 { #expect(try await errand.begin(certificate, at: party, with: [1, 2, 3]).code == nil) }
        #expect(try await remaining() == before - 1)
        try await Task.sleep(for: .seconds(9))
        #expect(try await remaining() == before - 1)
    }

    @Test func `whoever is not asked to begin what it signed is shown the certificate by the others`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let (coordinator, fourth) = (mesh.roster.coordinator, mesh.seats[3].did)
        let shown = Mutex<Set<DID>>([])
        mesh.tap { message in
            guard message.to == fourth else { return [message] }
            switch try? CustodianMessage(message.bytes) {
            case .request(_, let body, _)? where message.from == coordinator && body["op"]?.string == "begin": return []
            case .notice(let notice)? where notice["notice"]?.string == "charged":
                shown.withLock { _ = $0.insert(message.from) }
            default: break
            }
            return [message]
        }
        #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
        for _ in 0..<100 where shown.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(shown.withLock { $0 } == Set(mesh.seats.prefix(3).map(\.did)))
    }

    // MARK: too few begin

    @Test func `with too few who began it a session is not gone on with`() async throws {
        let mesh = try Mesh(4, 2, patience: .seconds(3))
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let (coordinator, deaf) = (mesh.roster.coordinator, Set(mesh.seats.suffix(2).map(\.did)))
        let submitted = Mutex(0)
        mesh.tap { message in
            guard message.from == coordinator, case .request(_, let body, _) = try? CustodianMessage(message.bytes) else {
                return [message]
            }
            if body["op"]?.string == "submit" { submitted.withLock { $0 += 1 } }
            return body["op"]?.string == "begin" && deaf.contains(message.to) ? [] : [message]
        }
        await #expect { _ = try await mesh.client.evaluate(id, [[FieldElement(5)]]) } throws: {
            ($0 as? CustodianError)?.reason == .unavailable
        }
        #expect(submitted.withLock { $0 } == 0)
    }

    @Test func `where everybody is needed and the policy allows it, one that is silent after it signed is done without`()
        async throws
    {
        let mesh = try Mesh(3, 2, patience: .seconds(3))
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.allowsUnchecked = true
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: policy)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let silent = mesh.seats[2].did
        mesh.tap { message in
            guard message.to == silent, case .request(_, let body, _) = try? CustodianMessage(message.bytes),
                body["op"]?.string == "begin"
            else { return [message] }
            return []
        }
        let result = try await mesh.client.evaluate(id, [[FieldElement(5)]])
        #expect(result.outputs == [[FieldElement(125)]])
        #expect(result.assurance == .unchecked)
    }

    // MARK: refusals

    /// Counts the appends that hold events.
    private final class CountingStore: CustodianStore {
        private let inner: MemoryCustodianStore
        private let counted = Mutex<[Int]>([])

        init(_ inner: MemoryCustodianStore) { self.inner = inner }

        /// How many events each of them held.
        var batches: [Int] { counted.withLock { $0 } }

        func entries() -> [[UInt8]] { inner.entries() }
        func entry(_ number: Int) throws -> [UInt8] { try inner.entry(number) }
        func append(_ entries: [[UInt8]]) { inner.append(entries) }
        func tell(_ entries: [[UInt8]]) {
            let events = entries.count { String(decoding: $0, as: UTF8.self).contains("\"kind\":\"event\"") }
            if events > 0 { counted.withLock { $0.append(events) } }
            inner.tell(entries)
        }
        func settle() { inner.settle() }
        func compact(_ entries: [[UInt8]]) { inner.compact(entries) }
        func epochKeys(_ epoch: Int64) -> SecretBytes? { inner.epochKeys(epoch) }
        func setEpochKeys(_ keys: consuming SecretBytes, epoch: Int64) { inner.setEpochKeys(keys, epoch: epoch) }
    }

    @Test func `refusals that are written down together wait for the disk once`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        await mesh.kill(4)
        let store = CountingStore(mesh.seats[3].store)
        try mesh.start(4, store: store)
        func digest(_ kind: UInt8, _ number: Int) -> Digest256 { .sha256(prefix: kind, Array("\(number)".utf8)) }
        let time = Mesh.clock()
        let books = Meter.detached(.wide, at: time).books
        var tally = RefusalTally()
        var notes: [RefusalTally.Note] = []
        for client in 0..<200 {
            let event = EvaluationEvent(
                claim: digest(1, client), client: digest(2, client), outcome: .refused, refusal: .budget,
                standing: books.standing(of: digest(2, client), at: time), time: time)
            notes += tally.take(event, in: id, at: time)
        }
        let node = try #require(mesh.node(4))
        try await node.note(notes)
        #expect(store.batches == [200])
        // And the history goes on from them.
        try await node.note(Array(notes.prefix(1)))
        await mesh.kill(4)
        try mesh.start(4)
        try await mesh.serves(4)
    }
}
