import ChanceryArithmetic
import ChanceryClient
import ChanceryCustodian
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// A custodian that lies and answers for it: what it signed convicts it before strangers (rule T7).
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BlameTests {
    /// A custodian whose process sends wrong shares and signs what it sent.
    private final class Liar: Sendable {
        private struct Sent: Sendable {
            var outbox = FrameOutbox()
            var recipients: [UInt8] = []
            var notices: [[UInt8]: [UInt8]] = [:]
        }

        private let sent = Mutex(Sent())
        private let lies = Mutex(false)
        private let mesh: Mesh
        private let seat: Mesh.Seat
        private let terms: ActivationTerms

        init(_ mesh: Mesh, _ number: Int, _ terms: ActivationTerms) {
            self.mesh = mesh
            seat = mesh.seats[number - 1]
            self.terms = terms
        }

        /// From now on its shares are wrong.
        func begin() { lies.withLock { $0 = true } }

        func message(_ message: Mesh.Message) throws -> Mesh.Message {
            guard message.from == seat.did, let recipient = mesh.number(message.to) else { return message }
            var bytes = message.bytes
            switch bytes.first {
            case 1:
                // The lowest bit of the first share of an opening.
                if bytes[2] == 4, lies.withLock(\.self) { bytes[1 + 48] ^= 1 }
                try sent.withLock {
                    _ = try $0.outbox.append(Array(bytes.dropFirst()), to: recipient)
                    $0.recipients.append(UInt8(recipient))
                }
            case 2:
                guard var notice = try JSONParser.parse(Array(bytes.dropFirst())).object,
                    notice["notice"]?.string == "frames"
                else { return message }
                bytes = try sent.withLock { sent in
                    if let known = sent.notices[bytes] { return known }
                    if !sent.outbox.isEmpty {
                        let (batch, leaves) = try sent.outbox.seal(for: terms, as: seat.did, by: seat.key)
                        notice["batch"] = try JSONParser.parse(batch.record.bytes)
                        notice["leaves"] = .string(Base64.url.encode(leaves.flatMap(\.bytes)))
                        notice["recipients"] = .string(Base64.url.encode(sent.recipients))
                        sent.recipients = []
                    }
                    let changed = try CustodianMessage.notice(notice).bytes
                    sent.notices[bytes] = changed
                    return changed
                }
            default: break
            }
            return Mesh.Message(from: message.from, to: message.to, bytes: bytes)
        }
    }

    @Test(arguments: [1, 3])
    func `a named liar's own signatures convict it offline`(liar: Int) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        let terms = try ActivationTerms(
            program: id, version: "1", policy: .wide, custodians: mesh.roster.set, epoch: 1)
        let lying = Liar(mesh, liar, terms)
        mesh.tap { message in (try? lying.message(message)).map { [$0] } ?? [] }
        try await mesh.approve(id, package, policy: .wide)
        // Honest as long as material is made.
        try await mesh.settle(id)
        lying.begin()
        let result = try await mesh.client.evaluate(id, [[FieldElement(9)]])
        #expect(result.outputs == [[FieldElement(729)]])
        #expect(result.named == [liar])
        var found: [(custodian: Int, id: [UInt8])] = []
        for _ in 0..<100 where found.count < 3 {
            try await Task.sleep(for: .milliseconds(100))
            found = []
            for (number, answer) in try await mesh.service.query("blame", id) where number != liar {
                for file in answer["files"]?.array ?? [] {
                    found.append((number, try Hex.decode(file["id"]?.string ?? "", count: 32)))
                }
            }
        }
        // Every honest custodian holds evidence.
        #expect(Set(found.map(\.custodian)) == Set(1...4).subtracting([liar]))
        guard let first = found.first else { return }
        let file = try await mesh.service.evidence(first.id, about: id, from: first.custodian)
        let verdict = try FrameJudge(mesh.roster).verify(file)
        #expect(verdict.accused == [mesh.seats[liar - 1].did])
        #expect(verdict.file.terms == terms)
        // The same people under another K are other custodians.
        let other = try Mesh(4, 2)
        defer { other.stop() }
        #expect(throws: (any Error).self) { try FrameJudge(other.roster).verify(file) }
        for place in stride(from: 11, to: file.count, by: 997) {
            var changed = file
            changed[place] ^= 1
            #expect(throws: (any Error).self, "byte \(place)") { try FrameJudge(mesh.roster).verify(changed) }
        }
    }

    @Test func `what the network changes on the way convicts nobody`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        // Three alone could not put it right.
        try await mesh.settle(id)
        let did = mesh.seats[1].did
        mesh.tap { message in
            guard message.from == did, message.bytes.first == 1, message.bytes.count > 50, message.bytes[2] == 4 else {
                return [message]
            }
            var bytes = message.bytes
            bytes[1 + 48] ^= 1
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        let result = try await mesh.client.evaluate(id, [[FieldElement(3)]])
        #expect(result.outputs == [[FieldElement(27)]])
        mesh.tap { [$0] }
        for x: UInt64 in 4...6 {
            try await Task.sleep(for: .milliseconds(1200))
            _ = try await mesh.client.evaluate(id, [[FieldElement(x)]])
        }
        try await Task.sleep(for: .milliseconds(1500))
        for (number, answer) in try await mesh.service.query("blame", id) {
            #expect(answer["files"]?.array?.isEmpty == true)
            if number != 2 { #expect(answer["unrooted"]?.array?.compactMap(\.integer) == [2]) }
        }
    }

    @Test func `what the network brings twice is held against nobody`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let did = mesh.seats[1].did
        mesh.tap { message in message.from == did && message.bytes.first == 1 ? [message, message] : [message] }
        for x: UInt64 in 3...5 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
            try await Task.sleep(for: .milliseconds(1200))
        }
        try await Task.sleep(for: .milliseconds(1500))
        for (number, answer) in try await mesh.service.query("blame", id) {
            #expect(answer["unrooted"]?.array?.isEmpty == true, "custodian \(number)")
        }
    }

    /// The next statement of an outbox, as its custodian sends it.
    private static func statement(
        _ outbox: inout FrameOutbox, of seat: Mesh.Seat, to number: Int, _ terms: ActivationTerms
    ) throws -> [UInt8] {
        let (batch, leaves) = try outbox.seal(for: terms, as: seat.did, by: seat.key)
        return try CustodianMessage.notice([
            "batch": try JSONParser.parse(batch.record.bytes),
            "leaves": .string(Base64.url.encode(leaves.flatMap(\.bytes))), "notice": "frames",
            "program": .string(Hex.encode(terms.program)),
            "recipients": .string(Base64.url.encode([UInt8](repeating: UInt8(number), count: leaves.count))),
        ]).bytes
    }

    @Test func `neither the longest frames nor the longest statement keep a custodian from its work`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        var policy = ComputePolicy.wide
        policy.refillsMaterial = false
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        let (liar, victim) = (mesh.seats[3], mesh.seats[0].did)
        let lies = Mutex(false)
        mesh.tap { message in
            guard message.from == liar.did, message.to == victim else { return [message] }
            // What it states comes below.
            if case .notice(let notice) = try? CustodianMessage(message.bytes), notice["notice"]?.string == "frames" {
                return []
            }
            guard lies.withLock(\.self), message.bytes.first == 1, message.bytes[2] == 6, message.bytes[40] < 255 else {
                return [message]
            }
            // Two frames of the next round, as long as messages may be.
            let length = CustodianMessage.maximumBytes - 49
            let next = ([0, 1] as [UInt8]).map { filling -> Mesh.Message in
                var bytes = Array(message.bytes[..<49])
                bytes[40] += 1
                for place in 0..<4 { bytes[41 + place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * place)) }
                bytes += [UInt8](repeating: filling, count: length)
                return Mesh.Message(from: message.from, to: message.to, bytes: bytes)
            }
            return [message] + next
        }
        try await mesh.approve(id, package, policy: policy)
        try await mesh.service.order(id, count: 4)
        lies.withLock { $0 = true }
        #expect(try await mesh.client.evaluate(id, [[FieldElement(3)]]).outputs == [[FieldElement(27)]])
        lies.withLock { $0 = false }
        let terms = try ActivationTerms(program: id, version: "1", policy: policy, custodians: mesh.roster.set, epoch: 1)
        var outbox = FrameOutbox()
        for _ in 0..<2 {
            while !outbox.isFull { _ = try outbox.append([7], to: 1) }
            let bytes = try Self.statement(&outbox, of: liar, to: 1, terms)
            let start = ContinuousClock.now
            await mesh.node(1)?.receive(bytes, from: liar.did)
            #expect(ContinuousClock.now - start < .seconds(20))
        }
        // It was looked through: the liar stands by none of what it sent.
        let answer = try await mesh.service.query("blame", id)[1]
        #expect(answer?["unrooted"]?.array?.compactMap(\.integer) == [4])
        #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
    }

    @Test func `a custodian whose log cannot be written says so, and takes up where its log ends`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        await mesh.kill(3)
        let store = FailingStore(mesh.seats[2].store)
        try mesh.start(3, store: store)
        try await mesh.serves(3)
        store.fails.withLock { $0 = true }
        // The others go on; the custodian notices as soon as it has to write.
        for x: UInt64 in 3...8 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
            guard await mesh.node(3)?.failure == nil else { break }
            try await Task.sleep(for: .milliseconds(600))
        }
        #expect(await mesh.node(3)?.failure?.code == "custodian.log_unwritable")
        await #expect { _ = try await mesh.service.evidence([UInt8](repeating: 0, count: 32), about: id, from: 3) } throws: {
            ($0 as? CustodianError)?.code == "custodian.log_unwritable"
        }
        store.fails.withLock { $0 = false }
        await mesh.kill(3)
        try mesh.start(3)
        try await mesh.serves(3)
        #expect(try await mesh.client.evaluate(id, [[FieldElement(4)]]).outputs == [[FieldElement(64)]])
    }

    @Test func `a log that is written anew holds the same books, and uses no material twice`() async throws {
        var settings = CustodianSettings.test
        settings.compactBytes = 0
        let mesh = try Mesh(4, 2, settings: settings)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide(budget: 12))
        for x: UInt64 in 1...8 { _ = try await mesh.client.evaluate(id, [[FieldElement(x)]]) }
        // Whoever has no part in an answer hears of it with a beat.
        for _ in 0..<100 where try await mesh.remaining(of: mesh.clientKey.publicKey.id, id) != [4] {
            try await Task.sleep(for: .milliseconds(50))
        }
        let before = try await mesh.service.query("standing", id, client: mesh.clientKey.publicKey.id)
        for number in 1...4 {
            let length = mesh.seats[number - 1].store.entries().reduce(0) { $0 + $1.count }
            await mesh.kill(number)
            try mesh.start(number)
            #expect(mesh.seats[number - 1].store.entries().reduce(0) { $0 + $1.count } < length * 9 / 10)
            try await mesh.serves(number)
        }
        let after = try await mesh.service.query("standing", id, client: mesh.clientKey.publicKey.id)
        for number in 1...4 {
            #expect(after[number]?["standing"]?["remaining"] == before[number]?["standing"]?["remaining"])
            #expect(after[number]?["standing"]?["remaining"]?.integer == 4)
        }
        for x: UInt64 in 1...4 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
        await #expect { _ = try await mesh.client.evaluate(id, [[FieldElement(2)]]) } throws: {
            ($0 as? CustodianError)?.code == "compute.budget_exhausted"
        }
    }

    @Test func `a file of evidence that does not hold any more keeps nobody from the others`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        await mesh.kill(3)
        let line: JSONValue = [
            "file": .string(Base64.url.encode([1, 2, 3])), "kind": "blamed", "program": .string(Hex.encode(id)),
            "type": "chancery/custodian-log/v1",
        ]
        mesh.seats[2].store.append([try CanonicalForm.jcs.encode(line)])
        try mesh.start(3)
        try await mesh.serves(3)
        #expect(try await mesh.service.query("blame", id)[3]?["files"]?.array?.isEmpty == true)
    }

    private final class FailingStore: CustodianStore {
        let fails = Mutex(false)
        private let store: MemoryCustodianStore

        init(_ store: MemoryCustodianStore) { self.store = store }

        func entries() throws -> [[UInt8]] { store.entries() }
        func entry(_ number: Int) throws -> [UInt8] { try store.entry(number) }
        func append(_ entries: [[UInt8]]) throws {
            guard !fails.withLock({ $0 }) else { throw CustodianError(.busy, "the disk is full") }
            store.append(entries)
        }
        func tell(_ entries: [[UInt8]]) throws { try append(entries) }
        func settle() throws {}
        func compact(_ entries: [[UInt8]]) throws { store.compact(entries) }
        func epochKeys(_ epoch: Int64) throws -> SecretBytes? { store.epochKeys(epoch) }
        func setEpochKeys(_ keys: consuming SecretBytes, epoch: Int64) throws { store.setEpochKeys(keys, epoch: epoch) }
    }

    /// It lists what it does not have, beside what others hold too.
    @Test func `what an accused custodian lists or withholds costs nothing of the others' evidence`() async throws {
        func id(_ file: [UInt8]) -> String { Hex.encode(Digest.sha3_256(file)) }
        let (one, two): ([UInt8], [UInt8]) = ([1], [2])
        func answer(_ number: Int64, _ ids: [String]) -> JSONValue {
            let files = ids.map { JSONValue.object(["id": .string($0)]) }
            return .object(["files": .array(files), "number": .integer(number), "unrooted": .array([])])
        }
        let madeUp = (0..<500).map { id([3, UInt8($0 % 256), UInt8($0 / 256)]) }
        let answers = JSONValue.array([
            answer(1, ["../../status", id(one), id(two)] + madeUp), answer(2, [id(one)]), answer(3, [id(two), id(one)]),
        ])
        let asked = Mutex<[String]>([])
        let held = await HeldBlames(answers) { id, custodian in
            asked.withLock { $0.append(id) }
            switch custodian {
            case 1: return [9]
            case 2: throw CustodianError(.unavailable, "away")
            default: return id == Hex.encode(Digest.sha3_256(one)) ? one : two
            }
        }
        #expect(held.files == [id(one): one, id(two): two])
        let ids = asked.withLock { $0 }
        #expect(ids.count <= 8 && !ids.contains("../../status"), "\(ids)")
        #expect(held.missing.count < 80 && held.missing.values.allSatisfy { $0 == [1] })
    }
}
