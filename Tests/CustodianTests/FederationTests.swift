import ChanceryArithmetic
import ChanceryCustodian
import ChanceryGovernance
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Custodians that a federation binds: its decisions let programs run, its freezes stop them.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct FederationTests {
    private var policy: ComputePolicy {
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (100, 100, 1000)
        (policy.outputBits, policy.checksRanges) = (127, false)
        return policy
    }

    private static func mesh(_ story: DecisionStory, lease: Int64 = 86_400) throws -> Mesh {
        var settings = CustodianSettings.test
        settings.federation = FederationTerms(story.federation.genesis.federation, beatAge: 600, lease: lease)
        return try Mesh(4, 2, settings: settings)
    }

    /// Decides that the program of `package` runs with the mesh's custodians.
    private func decide(_ story: inout DecisionStory, _ mesh: Mesh, _ package: [UInt8]) throws {
        let content = try Programs.read(package)
        try story.decide(
            .activateProgram(
                ProgramTerms(
                    program: content.id, version: content.version, policy: policy.digest,
                    custodians: mesh.seats.map(\.did), threshold: 2)))
    }

    private func activate(_ story: DecisionStory, _ mesh: Mesh, _ id: [UInt8]) async throws {
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        let bundle = ActivationBundle(
            version: "1", epoch: 1, policy: policy, approvals: [], decisions: try story.decisionFile())
        _ = try await mesh.service.approve(id, bundle)
        _ = try await mesh.service.activate(id)
    }

    private static func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch { return (error as? any CodedError)?.code }
    }

    @Test func `ACTIVATE_PROGRAM in force lets a program run, and approvals of people do not`() async throws {
        var story = try DecisionStory(members: 4)
        let mesh = try Self.mesh(story)
        defer { mesh.stop() }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        let byPeople = await Self.code { try await mesh.approve(id, package, policy: policy) }
        #expect(byPeople == "custodian.decision_required")
        let undecided = await Self.code { try await activate(story, mesh, id) }
        #expect(undecided == "custodian.not_activated")
        try decide(&story, mesh, package)
        try await activate(story, mesh, id)
        let result = try await mesh.client.evaluate(id, [[FieldElement(5)]])
        #expect(result.outputs == [[FieldElement(125)]])
        // A client that pinned no federation, or another one, believes nobody.
        let careless = ComputeClient(
            mesh.roster, key: mesh.clientKey, service: mesh.service, read: Programs.read, now: Mesh.clock)
        #expect(await Self.code { _ = try await careless.evaluate(id, [[FieldElement(2)]]) } == "custodian.federation_missing")
    }

    @Test func `a decision that is not shown to be the latest lets nothing run`() async throws {
        var story = try DecisionStory(members: 4)
        let mesh = try Self.mesh(story)
        defer { mesh.stop() }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        try decide(&story, mesh, package)
        let now = Mesh.clock()
        let files: [(String, [UInt8], String)] = [
            ("old beats", try story.inForceFile(at: now.advanced(bySeconds: -700)), "governance.not_fresh"),
            ("two of four", try story.inForceFile(at: now, by: [0, 1]), "governance.not_fresh"),
            (
                "an unknown freeze", try story.inForceFile(at: now, naming: [[UInt8](repeating: 9, count: 32)]),
                "governance.frozen"
            ),
            (
                "another federation",
                try DecisionStory(SampleFederation(weights: [1, 1, 1, 1], name: "another")).inForceFile(at: now),
                "governance.genesis_invalid"
            ),
        ]
        for (name, file, expected) in files {
            #expect(await Self.code { _ = try await mesh.service.govern(file) } == expected, "\(name)")
        }
        let bundle = ActivationBundle(
            version: "1", epoch: 1, policy: policy, approvals: [], decisions: try story.decisionFile())
        _ = try await mesh.service.approve(id, bundle)
        #expect(await Self.code { _ = try await mesh.service.activate(id) } == "governance.not_fresh")
    }

    /// Decisions are public: anybody hands them in again, with another statement or without.
    @Test func `a decision without the owner's statement, or with another's, replaces none with it`() async throws {
        var story = try DecisionStory(members: 4)
        let mesh = try Self.mesh(story)
        defer { mesh.stop() }
        let package = try Programs.package("score")
        let id = try await mesh.install(package, secrets: [FieldElement(7), FieldElement(11)])
        let tight = try ExtractionSample.policy(budget: 1)
        try story.decide(
            .activateProgram(
                ProgramTerms(
                    program: id, version: "1", policy: tight.digest, custodians: mesh.seats.map(\.did), threshold: 2)))
        let decisions = try story.decisionFile()
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        func approve(_ extraction: UnverifiedRecord?) async throws {
            let bundle = ActivationBundle(
                version: "1", epoch: 1, policy: tight, extraction: extraction, approvals: [], decisions: decisions)
            _ = try await mesh.service.approve(id, bundle)
        }
        try await approve(ExtractionSample.statement(tight, on: id, by: mesh.clientKey))
        #expect(await Self.code { try await approve(nil) } == "compute.extraction_missing")
        try await approve(ExtractionSample.statement(tight, on: id, by: mesh.strangerKey))
        _ = try await mesh.service.activate(id)
        let result = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        #expect(result.outputs == [[FieldElement((14 + 33) * 2)]])
    }

    /// Custodians alone know whose statement is the owner's.
    @Test func `however many statements strangers hand in, whoever brings the owner's has the decision carried out`()
        async throws
    {
        var story = try DecisionStory(members: 4)
        let mesh = try Self.mesh(story)
        defer { mesh.stop() }
        let id = try await mesh.install(Programs.package("score"), secrets: [FieldElement(7), FieldElement(11)])
        let tight = try ExtractionSample.policy(budget: 1)
        try story.decide(
            .activateProgram(
                ProgramTerms(
                    program: id, version: "1", policy: tight.digest, custodians: mesh.seats.map(\.did), threshold: 2)))
        let decisions = try story.decisionFile()
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        func bundle(_ key: SigningKey<Purpose.Ticket>?) throws -> ActivationBundle {
            ActivationBundle(
                version: "1", epoch: 1, policy: tight,
                extraction: try key.map { try ExtractionSample.statement(tight, on: id, by: $0) }, approvals: [],
                decisions: decisions)
        }
        let genuine = try bundle(mesh.clientKey)
        _ = try await mesh.service.approve(id, genuine)
        for _ in 0..<4 { _ = try await mesh.service.approve(id, bundle(mesh.strangerKey)) }
        #expect(await Self.code { _ = try await mesh.service.activate(id) } == "custodian.not_the_owner")
        let without = try bundle(nil)
        #expect(
            await Self.code { _ = try await mesh.service.activate(id, decided: without) } == "compute.extraction_missing")
        _ = try await mesh.service.activate(id, decided: genuine)
        let result = try await mesh.client.evaluate(id, [[FieldElement(2), FieldElement(3)]])
        #expect(result.outputs == [[FieldElement((14 + 33) * 2)]])
    }

    @Test func `histories only go on`() async throws {
        var story = try DecisionStory(members: 4)
        let mesh = try Self.mesh(story)
        defer { mesh.stop() }
        try await mesh.ready()
        let early = try story.inForceFile(at: Mesh.clock())
        var fork = story
        try story.decide(.updatePolicy([UInt8](repeating: 1, count: 32)))
        try fork.decide(.updatePolicy([UInt8](repeating: 2, count: 32)))
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        #expect(await Self.code { _ = try await mesh.service.govern(early) } == "custodian.history_older")
        #expect(
            await Self.code { _ = try await mesh.service.govern(fork.inForceFile(at: Mesh.clock())) }
                == "custodian.history_forked")
    }

    @Test func `a freeze stops by its certificate alone, is passed on and survives, and UNFREEZE lifts it`() async throws {
        var story = try DecisionStory(members: 4)
        let mesh = try Self.mesh(story)
        defer { mesh.stop() }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        try decide(&story, mesh, package)
        try await activate(story, mesh, id)
        _ = try await mesh.client.evaluate(id, [[FieldElement(2)]])
        let proposal = try story.propose(.emergencyFreeze(scope: .everything, rooms: [.compute], reason: "test"))
        let value = try story.certificate(proposal, by: [0, 1])
        let certificate = try CanonicalForm.jcs.encode(value)
        // One custodian hears of it, at a moment when no block orders it.
        guard let first = mesh.node(1) else { return }
        await first.receive(
            try CustodianMessage.request(77, ["op": "freeze"], attachment: certificate).bytes, from: mesh.roster.coordinator)
        let refused = await Self.code { _ = try await mesh.client.evaluate(id, [[FieldElement(3)]]) }
        #expect(refused == "compute.not_active")
        func frozen() async -> Int {
            await mesh.service.status().values.count { $0["federation"]?["frozen"]?.bool == true }
        }
        #expect(await frozen() == 4)
        await mesh.kill(2)
        try mesh.start(2)
        try await Task.sleep(for: .milliseconds(300))
        #expect(await frozen() == 4)
        // Beats that do not know of it lift nothing.
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        #expect(await frozen() == 4)
        try story.decide([value])
        try story.decide(.unfreeze([proposal.id]))
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        #expect(await frozen() == 0)
        // Custodian 2 has to hear what it missed.
        try await mesh.serves(2)
        let result = try await mesh.client.evaluate(id, [[FieldElement(4)]])
        #expect(result.outputs == [[FieldElement(64)]])
    }

    @Test func `a program stops when the members' word is too old, and goes on with a new one`() async throws {
        var story = try DecisionStory(members: 4)
        // Sixty seconds after the earliest beat of the quorum.
        let mesh = try Self.mesh(story, lease: 120)
        defer { mesh.stop() }
        let package = try Programs.package("cube")
        let id = try await mesh.install(package)
        try decide(&story, mesh, package)
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock().advanced(bySeconds: -55)))
        let bundle = ActivationBundle(
            version: "1", epoch: 1, policy: policy, approvals: [], decisions: try story.decisionFile())
        _ = try await mesh.service.approve(id, bundle)
        _ = try await mesh.service.activate(id)
        try await Task.sleep(for: .seconds(7))
        #expect(await Self.code { _ = try await mesh.client.evaluate(id, [[FieldElement(3)]]) } == "compute.not_active")
        _ = try await mesh.service.govern(story.inForceFile(at: Mesh.clock()))
        let result = try await mesh.client.evaluate(id, [[FieldElement(3)]])
        #expect(result.outputs == [[FieldElement(27)]])
    }
}
