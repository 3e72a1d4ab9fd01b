import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryOracle
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct FaultTests {
    private static let opening: UInt8 = 4
    private static let output: UInt8 = 9

    /// Whether a message carries a frame of the protocol, and of which kind.
    private static func kind(_ message: Mesh.Message) -> UInt8? {
        message.bytes.first == 1 && message.bytes.count > 3 ? message.bytes[2] : nil
    }

    @Test(arguments: 1...4)
    func `a custodian that opens wrong shares is named, and the result is right`(liar: Int) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let did = mesh.seats[liar - 1].did
        mesh.tap { message in
            guard message.from == did, Self.kind(message) == Self.opening else { return [message] }
            var bytes = message.bytes
            // The lowest bit of the first share.
            bytes[1 + 48] ^= 1
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        let result = try await mesh.client.evaluate(id, [[FieldElement(9)]])
        #expect(result.outputs == [[FieldElement(729)]])
        #expect(result.named == [liar])
        mesh.tap { [$0] }
        // On record at every honest custodian.
        for number in 1...4 where number != liar {
            let events = mesh.seats[number - 1].store.entries().compactMap { entry -> JSONValue? in
                guard let line = try? JSONParser.parse(entry), line["kind"]?.string == "event",
                    let event = line["event"]?.string
                else { return nil }
                return try? JSONParser.parse(Base64.url.decode(event))
            }
            #expect(events.last?["named"]?.array?.compactMap(\.string) == [did.text])
        }
    }

    @Test func `with three custodians a wrong share ends the session, and nobody gets a wrong answer`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let did = mesh.seats[1].did
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        mesh.tap { message in
            guard message.from == did, Self.kind(message) == Self.opening else { return [message] }
            var bytes = message.bytes
            bytes[1 + 48] ^= 1
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        await #expect(throws: (any Error).self) { _ = try await mesh.client.evaluate(id, [[FieldElement(9)]]) }
        mesh.tap { [$0] }
        let result = try await mesh.client.evaluate(id, [[FieldElement(9)]])
        #expect(result.outputs == [[FieldElement(729)]])
    }

    @Test(arguments: 1...4)
    func `a custodian that is killed at any round leads to no wrong answer, and no material is used twice`(victim: Int)
        async throws
    {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let did = mesh.seats[victim - 1].did
        for point in [1, 2, 4, 6, 8, 11] {
            let sent = Mutex(0)
            mesh.tap { message in
                guard message.from == did, message.bytes.first != 2 else { return [message] }
                let count = sent.withLock {
                    $0 += 1
                    return $0
                }
                if count == point { Task { await mesh.kill(victim) } }
                return count < point ? [message] : []
            }
            if let result = try? await mesh.client.evaluate(id, [[FieldElement(7)]]) {
                #expect(result.outputs == [[FieldElement(343)]], "killed at message \(point)")
            }
            mesh.tap { [$0] }
            await mesh.kill(victim)
            // Three are enough.
            let meanwhile = try await mesh.client.evaluate(id, [[FieldElement(5)]])
            #expect(meanwhile.outputs == [[FieldElement(125)]], "killed at message \(point)")
            #expect(meanwhile.assurance == .checked)
            try mesh.start(victim)
        }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries()) }
    }

    @Test func `a custodian whose log was lost takes part in nothing until there are fresh keys`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let early = mesh.seats[2].store.entries()
        for x: UInt64 in 1...3 { _ = try await mesh.client.evaluate(id, [[FieldElement(x)]]) }
        await mesh.kill(3)
        // A backup from before the evaluations: what it signed since is known to the others.
        let restored = MemoryCustodianStore()
        restored.append(early)
        if let keys = mesh.seats[2].store.epochKeys(1) { restored.setEpochKeys(keys, epoch: 1) }
        try mesh.start(3, store: restored)
        for _ in 0..<300 {
            if await mesh.service.status()[3]?["retired"]?.string != nil { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(await mesh.service.status()[3]?["retired"]?.string != nil)
        await #expect(throws: (any Error).self) { _ = try await mesh.client.evaluate(id, [[FieldElement(4)]]) }
    }
}
