import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryVigil
import ChanceryWire
import Foundation
import GRDB
import TestKit
import Testing

/// Watching is reading: what is said of an agent follows from the log, and only its own key can prove anything against it.
struct VigilDeskTests {
    private let home: SampleHome
    private let alice: OpenIdentity

    init() throws {
        home = try SampleHome()
        alice = try home.identity("alice")
    }

    private func desk(_ home: SampleHome? = nil) -> VigilDesk {
        let home = home ?? self.home
        return VigilDesk(store: home.store, registry: home.registry, now: home.clock.now)
    }

    private func assess(_ identity: OpenIdentity? = nil) throws -> Assessment {
        try desk().assessment(of: (identity ?? alice).document.did)
    }

    /// Another home with the same identity and another history of it.
    private func contradiction(_ profile: StampProfile) throws -> [UInt8] {
        let other = try SampleHome()
        try other.registry.register([alice.document])
        _ = try other.ledger.stamp(samplePayloads(4, from: 50), as: alice, profile: profile)
        let exporter = ChainExporter(store: other.store, registry: other.registry, now: other.clock.now)
        return try exporter.signedExport(of: alice, agentID: alice.document.agentID.text)
    }

    private func take(_ export: [UInt8]) throws {
        var keys = PinnedKeys()
        try keys.add(home.registry)
        _ = try ChainImporter(store: home.store, registry: home.registry, now: home.clock.now).run(export, pinned: keys)
    }

    private func gate() async throws -> (gate: ActionGate, desk: VigilDesk) {
        let desk = desk()
        let approvers = ApproverRegistry(store: home.store, registry: home.registry, now: home.clock.now)
        let gate = ActionGate(
            identity: try home.identity("gate"), store: home.store, registry: home.registry, authority: nil, risk: desk,
            approvers: approvers, now: home.clock.now)
        _ = try await gate.activate(SampleGate.policy(), by: "operator", comment: "")
        return (gate, desk)
    }

    @Test func `asking changes nothing, however often`() throws {
        _ = try home.ledger.register(alice, role: "clerk")
        for day in 0..<12 {
            _ = try home.ledger.stamp(samplePayloads(3, from: day * 3), as: alice)
            home.clock.turn(by: 86_400)
        }
        let desk = desk()
        let before = try home.store.frontier()
        let first = try desk.assessment(of: alice.document.did)
        for step in 0..<50 {
            // Also about other moments in between.
            _ = try desk.assessment(of: alice.document.did, at: SampleKeys.time(Int64(step) * 100_000))
            #expect(try desk.assessment(of: alice.document.did) == first)
        }
        #expect(try self.desk().assessment(of: alice.document.did) == first)
        #expect(try home.store.frontier() == before && first.events == 37)
        #expect(try desk.assessments().map(\.name) == ["alice"])
    }

    @Test func `what came since is read by the next question, whoever wrote it`() throws {
        let desk = desk()
        _ = try home.ledger.stamp(samplePayloads(2), as: alice)
        #expect(try desk.assessment(of: alice.document.did).events == 2)
        let other = try SampleHome(home.folder, clock: home.clock)
        _ = try other.ledger.stamp(samplePayloads(3, from: 2), as: alice)
        #expect(try desk.assessment(of: alice.document.did).events == 5)
        #expect(try desk.assessment(of: alice.document.did) == assess())
    }

    @Test func `nobody knows the unknown, who have no risk and are blocked`() async throws {
        let unknown = try assess()
        #expect(unknown.risk == nil && unknown.trust == nil && unknown.band == .unknown && unknown.tier == .unknown)
        let risk = try desk().risk(of: alice.document.did)
        #expect(risk.risk == nil && risk.stability == nil && risk.trust == nil)
        let stranger = try SampleKeys.document(77)
        #expect(code { _ = try desk().risk(of: stranger.did) } == "node.not_found")
        let (gate, _) = try await gate()
        for name in ["alice", stranger.did.text, alice.document.did.text] {
            #expect(
                await refusal { _ = try await gate.decide(SampleGate.action(), for: name, by: "x") } == "gate.agent_unknown")
        }
    }

    @Test func `to be registered is the first event of an agent`() async throws {
        _ = try home.ledger.register(alice, role: "clerk")
        let found = try assess()
        #expect(found.events == 1 && found.risk != nil && found.tier == .unrated && found.band != .unknown)
        let (gate, _) = try await gate()
        #expect(try await gate.decide(SampleGate.action(), for: "alice", by: "x").decision.verdict.effect == .allow)
    }

    // MARK: charges

    @Test(arguments: [StampProfile.aiss21, .batch])
    func `another history under the agent's own key makes it critical, and the gate blocks it`(
        profile: StampProfile
    ) async throws {
        _ = try home.ledger.register(alice, role: "clerk")
        _ = try home.ledger.stamp(samplePayloads(4), as: alice, profile: profile)
        let bob = try home.identity("bob")
        _ = try home.ledger.register(bob, role: "clerk")
        let (gate, desk) = try await gate()
        let decided = try await gate.decide(SampleGate.action(), for: "alice", by: "x")
        #expect(decided.decision.verdict.effect == .allow)
        let before = try desk.assessment(of: alice.document.did)
        let refused = code { try take(contradiction(profile)) }
        #expect(refused == (profile == .batch ? "ledger.seal_forked" : "ledger.fork_detected"))
        let after = try desk.assessment(of: alice.document.did)
        #expect(!before.isHeld && after.isHeld && after.band == .critical)
        #expect(try #require(after.risk) > #require(before.risk))
        #expect(after.alerts.contains { $0.kind == .tampering && $0.severity == .critical && !$0.evidence.isEmpty })
        let verdict = try await gate.decide(SampleGate.action(), for: "alice", by: "x").decision.verdict
        #expect(verdict.effect > .restrict, "\(verdict)")
        // The permission that it had before is worth nothing now.
        #expect(
            await refusal { try await gate.redeem(decided.id, SampleGate.action(), for: "alice", by: "x") }
                == "gate.blocked_now")
        // Nobody else answers for it, and another process finds the same.
        #expect(try await gate.decide(SampleGate.action(), for: "bob", by: "x").decision.verdict.effect == .allow)
        #expect(try assess().isHeld && home.audit().failures == [])
    }

    /// Statements as somebody with the store in hand would write them to blacken an agent.
    @Test(arguments: ["nothing", "garbage", "the same", "another place", "another agent's", "not signed", "no such record"])
    func `a statement that proves nothing charges nobody`(evidence: String) throws {
        _ = try home.ledger.register(alice, role: "clerk")
        _ = try home.ledger.stamp(samplePayloads(3), as: alice)
        let bob = try home.identity("bob")
        _ = try home.ledger.stamp(samplePayloads(3), as: bob)
        let events = try home.store.records(RecordQuery(agent: alice.document.agentID.text)).filter { $0.sequence != nil }
        let others = try home.store.records(RecordQuery(agent: bob.document.agentID.text)).filter { $0.sequence != nil }
        let offered: [UInt8] =
            switch evidence {
            case "nothing": []
            case "garbage": Array("garbage".utf8)
            case "the same": events[1].bytes
            case "another place": events[2].bytes
            case "another agent's": others[1].bytes
            case "not signed": events[1].bytes.replacing(#""value":1"#, by: #""value":9"#)
            default: events[2].bytes
            }
        #expect(evidence != "not signed" || offered != events[1].bytes)
        let stored = evidence == "no such record" ? [UInt8](repeating: 1, count: 64) : events[1].id
        let before = try assess()
        let statement = StoreStatement(
            "chancery/fork/v1", home.clock.now(),
            [
                "agent_id": .string(alice.document.agentID.text), "offered": .string(Base64.url.encode(offered)),
                "stored": .string(Hex.encode(stored)),
            ])
        _ = try home.store.append([statement.record()], moving: [])
        let after = try assess()
        #expect(after == before && !after.isHeld)
    }

    @Test func `a refused import without proof charges nobody`() throws {
        _ = try home.ledger.stamp(samplePayloads(3), as: alice)
        let before = try assess()
        let genuine = try contradiction(.aiss21)
        let forged = genuine.replacing(#"value\":51"#, by: #"value\":99"#)
        #expect(forged != genuine)
        #expect(code { try take(forged) } != nil)
        #expect(try assess() == before)
    }

    @Test(arguments: [StampProfile.aiss21, .batch])
    func `a changed byte in a stored event makes the numbers worthless, and the store answers for it`(
        profile: StampProfile
    ) throws {
        _ = try home.ledger.stamp(samplePayloads(12), as: alice, profile: profile)
        let bob = try home.identity("bob")
        _ = try home.ledger.stamp(samplePayloads(12), as: bob, profile: profile)
        let before = (try assess(), try assess(bob))
        let event = try #require(
            try home.store.records(RecordQuery(agent: alice.document.agentID.text)).first { $0.sequence == 5 })
        let queue = try DatabaseQueue(path: home.folder.path + "/ledger.sqlite")
        try queue.write { db in
            try db.execute(
                sql: "UPDATE record SET bytes = ? WHERE position = ?",
                arguments: [Data(event.bytes.replacing(#""value":5"#, by: #""value":6"#)), Int64(event.position)])
        }
        try queue.close()
        let after = try assess()
        #expect(!before.0.isHeld && after.isHeld && after.band == .critical)
        #expect(after.alerts.contains { $0.kind == .tampering && $0.evidence.contains("\(event.position)") })
        #expect(Violation.tamperedStore.party == .store)
        #expect(try assess(bob) == before.1)
    }
}
