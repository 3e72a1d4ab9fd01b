import ChanceryArithmetic
import ChanceryCustodian
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// A program is the owner's who installed it: no other owner changes what it computes.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct OwnerTests {
    private static let policy = ComputePolicy.wide(budget: 50, program: 60)

    private static func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch { return (error as? any CodedError)?.code }
    }

    @Test func `another admitted owner cannot replace a program's secrets, also after a restart`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let package = try Programs.package("score")
        let id = try await mesh.install(package, secrets: [FieldElement(7), FieldElement(11)])
        let foreign = [FieldElement(1000), FieldElement(11)]
        #expect(
            await Self.code { try await mesh.client(mesh.strangerKey).installSecrets(id, foreign, epoch: 1) }
                == "custodian.not_the_owner")
        for number in 1...3 {
            await mesh.kill(number)
            try mesh.start(number)
        }
        try await mesh.reachEachOther()
        #expect(
            await Self.code { try await mesh.client(mesh.strangerKey).installSecrets(id, foreign, epoch: 1) }
                == "custodian.not_the_owner")
        try await mesh.approve(id, package, policy: Self.policy)
        let result = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        #expect(result.outputs == [[FieldElement((14 + 33) * 2)]])
    }

    @Test func `another owner's order for an installed package is refused, the first one's is taken again`() async throws {
        let mesh = try Mesh(3, 2)
        defer { mesh.stop() }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        func install(by key: SigningKey<Purpose.Ticket>) async throws -> [UInt8] {
            let order = try InstallOrder.sign(package, for: mesh.roster.set, by: key, salt: SystemRandom.bytes(16))
            return try await mesh.service.install(package, UnverifiedRecord(decoding: order.record.bytes))
        }
        #expect(await Self.code { _ = try await install(by: mesh.strangerKey) } == "custodian.not_the_owner")
        #expect(try await install(by: mesh.clientKey) == id)
        let owners = await mesh.service.status().values.map { $0["programs"]?.array?.first?["owner"]?.string }
        #expect(owners == [String?](repeating: Hex.encode(mesh.clientKey.publicKey.id), count: 3))
    }

    @Test func `whose program it is more custodians say than may lie, and people hold it against whom they mean`() throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let (id, owner, other) = (SystemRandom.bytes(32), SystemRandom.bytes(32), SystemRandom.bytes(32))
        func found(_ owners: [[UInt8]]) throws -> ProgramOwner {
            var answers = owners.enumerated().map { place, owner -> JSONValue in
                let program: JSONObject = ["owner": .string(Hex.encode(owner)), "program": .string(Hex.encode(id))]
                let answer: JSONObject = ["number": .integer(Int64(place + 1)), "programs": .array([.object(program)])]
                return JSONValue.object(answer)
            }
            // One that speaks twice is one, and nobody has number nine.
            let stray: JSONObject = ["number": 9, "programs": .array([])]
            answers += Array(answers.prefix(1))
            answers.append(.object(stray))
            return try ProgramOwner(of: id, in: .array(answers), by: mesh.roster)
        }
        let agreed = try found([other, owner, owner])
        #expect(agreed.key == owner)
        try agreed.require(owner)
        #expect { try agreed.require(other) } throws: { ($0 as? CustodianError)?.reason == .notTheOwner }
        for owners in [[], [owner], [owner, other], [owner, owner, other, other]] {
            #expect { _ = try found(owners) } throws: { ($0 as? CustodianError)?.reason == .unavailable }
        }
    }
}
