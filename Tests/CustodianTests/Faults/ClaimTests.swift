import ChanceryArithmetic
import ChanceryCustodian
import ChanceryGovernance
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What a client and a coordinator get from custodians by asking at odd times, in odd orders and without end.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ClaimTests {
    @Test func `a claim that was refused when it was charged is not begun when it is asked for again`() async throws {
        var story = try DecisionStory(members: 4)
        var settings = CustodianSettings.test
        settings.federation = FederationTerms(story.federation.genesis.federation, beatAge: 600, lease: 86_400)
        let mesh = try Mesh(4, 2, settings: settings)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("cube"))
        let policy = ComputePolicy.wide
        try story.decide(
            .activateProgram(
                ProgramTerms(
                    program: id, version: "1", policy: policy.digest, custodians: mesh.seats.map(\.did), threshold: 2)))
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        _ = try await mesh.service.approve(
            id,
            ActivationBundle(version: "1", epoch: 1, policy: policy, approvals: [], decisions: try story.decisionFile()))
        _ = try await mesh.service.activate(id)
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        let first = try #require(try await errand.free().last)
        let asked = try errand.claim(first, by: mesh.clientKey)
        let certificate = try await errand.certificate(asked, by: [1, 2, 3])
        let proposal = try story.propose(.emergencyFreeze(scope: .everything, rooms: [.compute], reason: "test"))
        let freeze = try CanonicalForm.jcs.encode(story.certificate(proposal, by: [0, 1]))
        _ = try await mesh.service.freeze(freeze)
        for _ in 0..<100 {
            let status = await mesh.service.status()
            if status.values.count(where: { $0["federation"]?["frozen"]?.bool == true }) == 4 { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        for party in 1...3 {
            #expect(try await errand.begin(certificate, at: party).code == "compute.not_active")
            for _ in 0..<2 {
                let again = try await errand.begin(certificate, at: party)
                #expect(again.code == "custodian.index_bound")
                #expect(again.attachment.isEmpty)
            }
        }
    }

    @Test func `a certificate for material that is bound to another claim writes no line that binds it`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        let first = try #require(try await errand.free().last)
        let (stray, claim) = try (errand.claim(first, by: mesh.clientKey), errand.claim(first, by: mesh.clientKey))
        #expect(try await errand.sign(stray, at: 4).code == nil)
        let certificate = try await errand.certificate(claim, by: [1, 2, 3])
        let before = try LogRule.lines(of: "bound", in: mesh.seats[3].store.entries()).count
        #expect(try await errand.begin(certificate, at: 4).code == "custodian.material_missing")
        #expect(try await errand.begin(certificate, at: 4).code == "custodian.index_bound")
        #expect(try LogRule.lines(of: "bound", in: mesh.seats[3].store.entries()).count == before)
        try LogRule.requireOnce(mesh.seats[3].store.entries())
        // Others begin what they signed, and whoever asks again gets the same masks.
        let begun = try await errand.begin(certificate, at: 1)
        #expect(begun.code == nil && !begun.attachment.isEmpty)
        #expect(try await errand.begin(certificate, at: 1).attachment == begun.attachment)
    }

    @Test func `a client that hands nothing in takes no other's sessions, and whoever is turned away is not charged`()
        async throws
    {
        var settings = CustodianSettings.test
        (settings.sessions, settings.material, settings.clientPatience) = (16, 64, 60)
        let mesh = try Mesh(4, 2, settings: settings)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        let everybody = Array(1...4)
        var free = try await errand.free()
        try #require(free.count >= 24)
        var certificates: [[UInt8]] = []
        for _ in 0..<20 {
            let asked = try errand.claim(free.removeLast(), by: mesh.clientKey)
            certificates.append(try await errand.certificate(asked, by: everybody))
        }
        let before = try LogRule.lines(of: "certified", in: mesh.seats[0].store.entries()).count
        var codes: [String?] = []
        for certificate in certificates {
            for party in everybody {
                let answer = try await errand.begin(certificate, at: party)
                if party == 1 { codes.append(answer.code) }
            }
        }
        #expect(codes == Array(repeating: nil, count: 4) + Array(repeating: "custodian.busy", count: 16))
        #expect(try LogRule.lines(of: "certified", in: mesh.seats[0].store.entries()).count == before + 4)
        // While they wait nothing more is signed for this client, and others are served.
        let more = try errand.claim(free.removeLast(), by: mesh.clientKey)
        #expect(try await errand.sign(more, at: 1).code == "custodian.busy")
        let result = try await mesh.client(mesh.strangerKey).evaluate(id, [[FieldElement(3)]])
        #expect(result.outputs == [[FieldElement(27)]])
    }

    @Test func `a client without budget has no custodian write without end`() async throws {
        var settings = CustodianSettings.test
        settings.material = 64
        let mesh = try Mesh(4, 2, settings: settings)
        defer { mesh.stop() }
        let id = try await mesh.activate(
            Programs.package("cube"), secrets: [], policy: .wide(budget: 30, program: 100))
        try await mesh.settle(id)
        let errand = try await Errand(mesh, id)
        let free = try #require(try await errand.free().suffix(31).first)
        func refusals() throws -> Int {
            try LogRule.lines(of: "event", in: mesh.seats[0].store.entries()).count { line in
                let event = try line["event"]?.string.map { try JSONParser.parse(Base64.url.decode($0)) }
                return event?["outcome"]?.string == "refused"
            }
        }
        let before = try refusals()
        for _ in 0..<20 {
            let asked = try errand.claim(free, evaluations: 31, by: mesh.strangerKey)
            for _ in 0..<2 { #expect(try await errand.sign(asked, at: 1).code == "compute.budget_exhausted") }
        }
        #expect(try refusals() == before + 1)
    }

    /// At N = 4 three sign. A coordinator that left out another one each time would have clients served beyond their budgets.
    @Test func `whoever did not sign a claim charges it as well`() async throws {
        let mesh = try Mesh(4, 2)
        defer { mesh.stop() }
        let id = try await mesh.activate(Programs.package("cube"), secrets: [], policy: .wide)
        try await mesh.settle(id)
        func remaining() async throws -> Int64? {
            try await mesh.service.query("standing", id, client: mesh.clientKey.publicKey.id)[4]?["standing"]?["remaining"]?
                .integer
        }
        let before = try #require(try await remaining())
        let coordinator = mesh.roster.coordinator
        mesh.tap { message in
            guard message.from == coordinator, mesh.number(message.to) == 4,
                case .request(_, let body, _) = try? CustodianMessage(message.bytes), body["op"]?.string == "sign"
            else { return [message] }
            return []
        }
        for x: UInt64 in 1...3 {
            #expect(try await mesh.client.evaluate(id, [[FieldElement(x)]]).outputs == [[FieldElement(x * x * x)]])
        }
        var left: Int64?
        for _ in 0..<50 where left != before - 3 {
            left = try await remaining()
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(left == before - 3)
    }
}
