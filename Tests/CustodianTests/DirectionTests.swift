import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// Where custodians see the inputs they count the directions that are asked about.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DirectionTests {
    private func policy(client: Int64, program: Int64) throws -> ComputePolicy {
        var policy = ComputePolicy.wide
        // Of three directions: (1, x0, x1).
        policy.rank = try RankTerms(
            features: 2, client: Share(millionths: min(1_000_000, client * 1_000_000 / 3 + 1)),
            program: Share(millionths: min(1_000_000, program * 1_000_000 / 3 + 1)))
        return policy
    }

    @Test func `a new direction beyond the limit is refused, and what follows from earlier answers is not`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: policy(client: 2, program: 2))
        func ask(_ x0: UInt64, _ x1: UInt64) async -> (value: FieldElement?, code: String?) {
            do {
                let result = try await mesh.client.evaluate(id, [[FieldElement(x0), FieldElement(x1)]])
                return (result.outputs[0][0], nil)
            } catch { return (nil, (error as? any CodedError)?.code) }
        }
        #expect(await ask(1, 0).value == FieldElement(7))
        #expect(await ask(0, 1).value == FieldElement(0))
        // Neither lies on the line through the two.
        #expect(await ask(3, 5).code == "compute.rank_exhausted")
        #expect(await ask(2, 255).code == "compute.rank_exhausted")
        #expect(await ask(1, 0).value == FieldElement(7))
        await mesh.kill(3)
        try mesh.start(3)
        try await mesh.serves(3)
        #expect(await ask(3, 5).code == "compute.rank_exhausted")
        let standing = try await mesh.service.query("standing", id, client: mesh.clientKey.publicKey.id)
        #expect(standing.values.allSatisfy { $0["standing"]?["rank"]?.integer == 2 })
    }

    /// Custodian 4 takes no part, and sends shares of the masks as soon as it learns of the claim.
    @Test func `masks that a custodian outside a session sends change nothing`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: policy(client: 3, program: 3))
        try await mesh.reachEachOther()
        _ = try await mesh.client.evaluate(id, [[FieldElement(1), FieldElement(0)]])
        await mesh.kill(4)
        let (liar, honest) = (mesh.seats[3].did, mesh.seats.prefix(3).map(\.did))
        mesh.tap { message in
            guard message.from != liar, message.to != liar, message.bytes.first == 2,
                var notice = try? JSONParser.parse(Array(message.bytes.dropFirst())).object,
                notice["notice"]?.string == "masks", var masks = try? Base64.url.decode(notice["masks"]?.string ?? "")
            else { return [message] }
            masks[0] ^= 1
            notice["masks"] = .string(Base64.url.encode(masks))
            guard let bytes = try? CustodianMessage.notice(notice).bytes else { return [message] }
            return honest.map { Mesh.Message(from: liar, to: $0, bytes: bytes) } + [message]
        }
        let result = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        #expect(result.outputs == [[FieldElement((14 + 33) * 2)]])
    }

    @Test func `a custodian that opens wrong masks does not change what is compared`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)], policy: policy(client: 3, program: 3))
        let liar = mesh.seats[1].did
        mesh.tap { message in
            guard message.from == liar, message.bytes.first == 2,
                var notice = try? JSONParser.parse(Array(message.bytes.dropFirst())).object,
                notice["notice"]?.string == "masks", var masks = try? Base64.url.decode(notice["masks"]?.string ?? "")
            else { return [message] }
            masks[0] ^= 1
            notice["masks"] = .string(Base64.url.encode(masks))
            guard let bytes = try? CustodianMessage.notice(notice).bytes else { return [] }
            return [Mesh.Message(from: message.from, to: message.to, bytes: bytes)]
        }
        let result = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        #expect(result.outputs == [[FieldElement((14 + 33) * 2)]])
        #expect(result.named == [2])
    }
}
