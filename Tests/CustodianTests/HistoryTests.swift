import ChanceryArithmetic
import ChanceryCustodian
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import Testing

/// One custodian whose history is not what it was does not stop the others.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct HistoryTests {
    /// What a custodian says of another, from 1, in its program.
    private static func said(_ mesh: Mesh, _ number: Int, _ name: String) async -> [Int64]? {
        await mesh.service.status()[number]?["programs"]?.array?.first?[name]?.array?.compactMap(\.integer)
    }

    /// A history of so many events of a claim with this number, signed by custodian 4.
    private static func head(_ mesh: Mesh, _ activation: Activation, events: Int, of claim: UInt8) throws -> EventHead {
        let (meter, _) = try Meter.open(activation, at: Mesh.clock())
        let ids = [claim, 200].map { Digest256([UInt8](repeating: $0, count: 32)) }
        let (id, client) = (try #require(ids[0]), try #require(ids[1]))
        var chain = EventChain()
        for _ in 0..<events {
            _ = try chain.append(
                EvaluationEvent(
                    claim: id, client: client, outcome: .aborted, standing: meter.books.standing(of: client, at: Mesh.clock()),
                    time: Mesh.clock()))
        }
        return try EventHead.sign(chain, for: activation.terms, as: mesh.seats[3].did, at: Mesh.clock(), by: mesh.seats[3].key)
    }

    @Test func `a custodian that signs two histories is convicted for good, and the others go on`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let bundle = try #require(try await mesh.service.program(id).bundle)
        let activation = try bundle.activation(of: id, by: mesh.roster.set, under: nil)
        let status = await mesh.service.status()[1]
        for claim: UInt8 in [1, 2] {
            let head = try Self.head(mesh, activation, events: 50, of: claim)
            let beat: JSONObject = [
                "agreed": status?["agreed"] ?? .null, "epoch": 1, "notice": "beat",
                "programs": [
                    [
                        "begun": 0, "free": [], "head": try JSONParser.parse(head.record.bytes),
                        "program": .string(Hex.encode(id)),
                    ]
                ], "retired": false, "used": true,
            ]
            for number in 1...3 {
                await mesh.node(number)?.receive(try CustodianMessage.notice(beat).bytes, from: mesh.seats[3].did)
            }
        }
        for number in 1...3 {
            #expect(await Self.said(mesh, number, "forked") == [4])
            #expect(await Self.said(mesh, number, "left_out")?.contains(4) == true)
        }
        // More than there is material of: it is made without the convict.
        for x: UInt64 in 3..<30 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
        await mesh.kill(1)
        try mesh.start(1)
        try await mesh.serves(1)
        #expect(await Self.said(mesh, 1, "forked") == [4])
        #expect(try await mesh.client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(125)]])
    }

    /// The backup was made before an evaluation that was refused, of which there is no certificate.
    @Test func `a restored custodian is told by its own signature, and the others go on`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide(budget: 8))
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let early = mesh.seats[3].store.entries()
        await #expect {
            _ = try await mesh.client.evaluate(id, (0..<9).map { [FieldElement(UInt64($0))] })
        } throws: { ($0 as? CustodianError)?.code == "compute.budget_exhausted" }
        // The others see the head over that.
        try await Task.sleep(for: .milliseconds(2200))
        await mesh.kill(4)
        let store = MemoryCustodianStore()
        store.append(early)
        if let keys = mesh.seats[3].store.epochKeys(1) { store.setEpochKeys(keys, epoch: 1) }
        try mesh.start(4, store: store)
        for _ in 0..<300 {
            if await mesh.service.status()[4]?["retired"]?.string != nil { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(await mesh.service.status()[4]?["retired"]?.string != nil)
        for number in 1...3 { #expect(await Self.said(mesh, number, "forked") == []) }
        for x: UInt64 in 3..<8 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
    }
}
