import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChanceryThreshold
import ChanceryWire
import Synchronization
import Testing

/// One custodian of a running committee that changes, loses, repeats and delays whatever it sends, chosen from a seed.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct LyingCustodianTests {
    private struct Mischief: Sendable {
        var state: UInt64
        var held: [Mesh.Message] = []

        mutating func number(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }

        /// What leaves instead of a message.
        mutating func apply(_ message: Mesh.Message) -> [Mesh.Message] {
            var bytes = message.bytes
            func sent(_ bytes: [UInt8]) -> Mesh.Message { Mesh.Message(from: message.from, to: message.to, bytes: bytes) }
            switch number(below: 14) {
            case 0: return []
            case 1: return [message, message]
            case 2:
                bytes[number(below: bytes.count)] ^= 1 << UInt8(number(below: 8))
                return [sent(bytes)]
            case 3:
                bytes.removeLast(1 + number(below: bytes.count))
                return bytes.isEmpty ? [] : [sent(bytes)]
            case 4:
                // Later, behind what comes next.
                held.append(message)
                return []
            case 5:
                defer { held = [] }
                return [message] + held
            case 6:
                guard bytes.count > 60 else { return [message] }
                bytes[49 + number(below: bytes.count - 49)] ^= 1
                return [sent(bytes), message]
            default: return [message]
            }
        }
    }

    @Test(arguments: [(3, 2), (4, 2), (5, 2)], [UInt64(1), 2])
    func `whatever one custodian sends, no answer is wrong and nobody else is named`(
        of size: (Int, Int), seed: UInt64
    ) async throws {
        let mesh = try Mesh(size.0, size.1, patience: .seconds(3))
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let liar = Int(seed) % size.0 + 1
        let did = mesh.seats[liar - 1].did
        let mischief = Mutex(Mischief(state: seed))
        mesh.tap { message in message.from == did ? mischief.withLock { $0.apply(message) } : [message] }
        var answers = 0
        for x: UInt64 in 3...10 {
            // At three custodians a liar can have every evaluation fail; it takes seconds each time.
            if size.0 == 3, x > 5 { break }
            guard let result = try? await mesh.client.evaluate(id, [[FieldElement(x)]]) else { continue }
            answers += 1
            #expect(result.outputs == [[FieldElement(x * x * x)]])
            #expect(Set(result.named).isSubset(of: [liar]), "\(result.named)")
        }
        #expect(size.0 < 5 || answers > 0)
        mesh.tap { [$0] }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries(), mayBeIdle: true) }
        try LogRule.requireOnce(
            committee: mesh.seats.map { $0.store.entries() }, signatures: mesh.roster.set.quorum)
    }

    /// The victim waits for the liar while the others wait for the victim.
    @Test(arguments: [1, 3, 4])
    func `a custodian that is silent towards one other alone does not get that one named`(victim: Int) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let (liar, other) = (mesh.seats[1].did, mesh.seats[victim - 1].did)
        mesh.tap { message in
            let isOpening = message.bytes.first == 1 && message.bytes.count > 3 && message.bytes[2] == 4
            return message.from == liar && message.to == other && isOpening ? [] : [message]
        }
        for x: UInt64 in [3, 4] {
            let result = try await mesh.client.evaluate(id, [[FieldElement(x)]])
            #expect(result.outputs == [[FieldElement(x * x * x)]])
            #expect(!result.named.contains(victim), "\(result.named)")
        }
    }

    /// Frames of sessions that never begin wait for a while, each custodian's in a place of its own.
    @Test func `a flood of made-up sessions from one custodian costs no other its frames`() async throws {
        let mesh = try Mesh(4, 2, patience: .seconds(3))
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let liar = mesh.seats[3].did
        for number in UInt32(0)..<3000 {
            // The kind of message, version 1, an opening from 4 to 1, a session of its own, step 0, no payload.
            var bytes: [UInt8] = [1, 1, 4, 4, 1]
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
            bytes += [UInt8](repeating: 9, count: 28 + 12)
            for party in 1...3 { await mesh.node(party)?.receive(bytes, from: liar) }
        }
        for x: UInt64 in 3...8 {
            let result = try await mesh.client.evaluate(id, [[FieldElement(x)]])
            #expect(result.outputs == [[FieldElement(x * x * x)]])
            #expect(Set(result.named).isSubset(of: [4]), "\(result.named)")
            #expect(result.assurance == .corrected)
        }
    }

    private struct Forger: Sendable {
        var asked: Set<UInt64> = []
        var own: [UInt8]?
        var copy: [UInt8]?
        var held: UInt64?
    }

    /// Custodian 4 signs, and sends its first signature again; or what custodian 1 signed for the same claim.
    @Test(arguments: [false, true])
    func `an older signature, or another's, in place of one custodian's own stops no claim`(isCopy: Bool) async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        let (liar, other, coordinator) = (mesh.seats[3].did, mesh.seats[0].did, mesh.roster.coordinator)
        let forger = Mutex(Forger())
        @Sendable func answer(_ number: UInt64, _ signature: [UInt8]) -> [Mesh.Message] {
            guard let bytes = try? CustodianMessage.answer(number, [:], attachment: signature).bytes else { return [] }
            return [Mesh.Message(from: liar, to: coordinator, bytes: bytes)]
        }
        mesh.tap { message in
            switch try? CustodianMessage(message.bytes) {
            case .request(let number, let body, _) where body["op"]?.string == "sign":
                forger.withLock { _ = $0.asked.insert(number) }
                return [message]
            case .answer(let number, _, let signature) where !signature.isEmpty:
                return forger.withLock { forger in
                    guard forger.asked.contains(number) else { return [message] }
                    if message.from == other {
                        guard let held = forger.held else {
                            forger.copy = signature
                            return [message]
                        }
                        forger.held = nil
                        return [message] + answer(held, signature)
                    }
                    guard message.from == liar else { return [message] }
                    guard isCopy else {
                        let first = forger.own ?? signature
                        forger.own = first
                        return answer(number, first)
                    }
                    guard let copy = forger.copy else {
                        forger.held = number
                        return []
                    }
                    forger.copy = nil
                    return answer(number, copy)
                }
            default: return [message]
            }
        }
        for x: UInt64 in 2...6 {
            let result = try await mesh.client.evaluate(id, [[FieldElement(x)]])
            #expect(result.outputs == [[FieldElement(x * x * x)]])
            #expect(Set(result.named).isSubset(of: [4]), "\(result.named)")
        }
        mesh.tap { [$0] }
        for seat in mesh.seats { try LogRule.requireOnce(seat.store.entries(), mayBeIdle: true) }
    }
}
