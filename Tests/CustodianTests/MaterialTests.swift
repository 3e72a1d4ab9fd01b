import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChanceryWire
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
}
