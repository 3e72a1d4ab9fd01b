import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChanceryWire
import TestKit
import Testing

/// What the gate keeps in memory of agents and of its own chain is what a process finds that reads everything anew.
struct GateAgentTests {
    private let sample: SampleGate

    init() async throws { sample = try await SampleGate() }

    // MARK: agents

    @Test func `an agent that another process registers is known at once, and so are its next keys and role`() async throws {
        let other = try sample.process().home
        #expect(await refusal { _ = try await sample.decide(for: "second") } == "gate.agent_unknown")
        let second = try other.identity("second")
        _ = try other.ledger.register(second, role: "clerk")
        let did = second.document.did.text
        for name in ["second", did, second.document.agentID.text] {
            #expect(try await sample.decide(for: name).decision.facts.agent == did)
        }
        let next = try other.ledger.rotate(second, keeper: other.keeper, protection: .unencrypted)
        for name in ["second", did, next.document.agentID.text, next.document.classicalAgentID.text] {
            let decision = try await sample.decide(for: name).decision
            #expect(decision.facts.agent == did && decision.verdict.effect == .allow, "\(name)")
        }
        _ = try other.ledger.register(next, role: "guest")
        let verdict = try await sample.decide(for: did).decision.verdict
        #expect(verdict.effect == .block && verdict.rule == "ROLE")
    }

    @Test func `an agent does not answer for itself under the name of keys that it got meanwhile`() async throws {
        let decided = try await sample.ask()
        let other = try sample.process().home
        let next = try other.ledger.rotate(sample.robot, keeper: other.keeper, protection: .unencrypted)
        let name = next.document.agentID.text
        try #require(name.utf8.count <= 64)
        let person = try sample.person(name)
        #expect(
            await refusal { try await sample.gate.answer(person.answer(to: decided), by: "console") } == "gate.self_approval")
    }

    // MARK: words in other chains

    @Test(arguments: GateEvent.eventTypes.sorted())
    func `nobody stamps what only the gate writes, into any chain`(type: String) throws {
        let size = try sample.home.store.frontier().size
        let payloads: [JSONObject] = [["event_type": "step"], ["event_type": .string(type), "session_id": "s"]]
        for (identity, profile) in [(sample.robot, StampProfile.aiss21), (sample.robot, .batch), (sample.identity, .batch)] {
            #expect(code { _ = try sample.home.ledger.stamp(payloads, as: identity, profile: profile) } == "node.rejected")
        }
        #expect(try sample.home.store.frontier().size == size)
    }

    @Test func `what an agent signs about a decision in its own chain is no word of the gate`() async throws {
        let decided = try await sample.ask()
        let stamper = try EventStamper(sample.robot.keys.aiss, agentID: sample.robot.document.agentID)
        let session = JSONValue.string(decided.id.text)
        let stamped = try stamper.stamp(
            [
                ["event_type": "gate_answer", "session_id": session, "choice": "approve"],
                ["event_type": "gate_redemption", "session_id": session],
                ["event_type": "gate_outcome", "session_id": session],
            ], profile: .aiss21, timestamp: sample.home.clock.now().seconds, nonces: ["a", "b", "c"],
            previousHash: stamper.genesisHash(.aiss21))
        let importer = ChainImporter(
            store: sample.home.store, registry: sample.home.registry, now: sample.home.clock.now)
        for event in stamped {
            #expect(try importer.run(event: event.bytes, of: [sample.robot.document.agentID.text]).events == 1)
        }
        for gate in [sample.gate, try sample.process().gate] {
            let history = try gate.history(of: decided.id)
            #expect(history.following.isEmpty && !history.isUsed && !history.hasOutcome)
            #expect(try gate.questions().map(\.id) == [decided.id])
        }
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.not_approved")
    }

    // MARK: totals

    @Test func `after many decisions of two processes a third that reads all of them knows the same`() async throws {
        let sample = try await SampleGate(SampleGate.policy(onTimeout: "BLOCK"))
        let ann = try sample.person()
        let second = try sample.home.identity("second")
        _ = try sample.home.ledger.register(second, role: "clerk")
        let other = try sample.process().gate
        var random = Mutator("gate journal", corpus: [])
        var decided: [ActionGate.Decided] = []
        for _ in 0..<150 {
            let gate = random.next(2) == 0 ? sample.gate : other
            sample.risk.set(["0.1", "0.7", "0.95"][random.next(3)], [.stable, .watch][random.next(2)])
            let agent = ["robot", "second"][random.next(2)]
            switch random.next(6) {
            case 0...2: decided.append(try await gate.decide(SampleGate.action(), for: agent, by: "x"))
            case 3:
                guard let question = decided.suffix(5).last(where: { $0.decision.question != nil }) else { continue }
                let choice: Approval.Choice = random.next(2) == 0 ? .approve : .reject
                _ = await refusal {
                    try await gate.answer(ann.answer(choice, to: question, at: sample.home.clock.now()), by: "x")
                }
            case 4:
                guard let late = decided.suffix(5).randomElement(using: &random) else { continue }
                _ = await refusal {
                    try await gate.redeem(late.id, SampleGate.action(), for: late.decision.facts.agent, by: "x")
                }
            default:
                sample.home.clock.turn(by: Int64(random.next(20)))
                if random.next(3) == 0 { try gate.noteLapses() }
            }
        }
        try sample.gate.noteLapses()
        #expect(try sample.count("gate_lapse") > 0 && sample.count("gate_answer") > 0 && sample.count("gate_redemption") > 0)
        let third = try sample.process().gate
        for gate in [sample.gate, other] {
            #expect(try gate.questions().map(\.id) == third.questions().map(\.id))
            for decided in decided {
                // A process that was there may still know what is over.
                let (mine, its) = (try gate.standing(of: decided.id), try third.standing(of: decided.id))
                #expect(mine == its, "\(decided.id.short)")
            }
            for agent in ["robot", "second"] {
                let facts = try await gate.rehearse(SampleGate.action(), for: agent, by: "x").facts
                #expect(try await third.rehearse(SampleGate.action(), for: agent, by: "x").facts == facts)
                #expect(!facts.alerts.isEmpty && !facts.watches.isEmpty)
            }
        }
    }
}
