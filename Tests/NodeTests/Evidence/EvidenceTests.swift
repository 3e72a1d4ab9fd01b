import ChanceryEvidence
import ChanceryGate
import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct EvidenceTests {
    private func codes(_ report: EvidenceReport) -> [String] { report.gaps.map(\.code) }

    @Test func `a pinned payment under a committee is shown completely`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay()
        try sample.revoke()
        let evidence = try sample.build(.decision(id))
        let report = try evidence.pinned()
        #expect(report.refusal == nil && codes(report) == [])
        #expect(report.grade == .a && evidence.claim == .a)
        let held = report.steps.filter { $0.verdict == .holds }.map(\.name)
        #expect(
            held == ["form", "log", "identities", "signatures", "federation", "approval", "gate", "writ", "replay", "claims"])
        #expect(Set(report.roots.map { $0.pin.prefix { $0 != ":" } }) == ["log", "gate", "agent", "federation"])
        #expect(report.limits.contains(.freshness) && report.limits.contains(.statements))
        #expect(report.story.contains { $0.text.contains("ann signed: approve") })
    }

    @Test func `a decision of the committee that no checkpoint covers yet does not keep the file from being made`() async throws
    {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay()
        _ = try sample.home.log.publish(protection: .unencrypted)
        try sample.revoke()
        let report = try sample.desk.build(.decision(id)).pinned()
        #expect(report.grade == .b && codes(report) == ["writ.tail"])
    }

    @Test func `without a committee the file says that the operator alone decided`() async throws {
        let sample = try await SampleEvidence()
        let report = try await sample.build(.decision(sample.pay())).pinned()
        #expect(report.grade == .b && codes(report) == ["writ.none"])
    }

    @Test(arguments: [
        (false, GateEvent.Outcome.Status?.none, ["use.missing", "writ.none"], EvidenceGrade.b),
        (true, nil, ["outcome.missing", "writ.none"], .c), (true, .unknown, ["outcome.unknown", "writ.none"], .b),
    ])
    func `a permission without use and a use without outcome are named`(
        use: Bool, outcome: GateEvent.Outcome.Status?, gaps: [String], grade: EvidenceGrade
    ) async throws {
        let sample = try await SampleEvidence()
        let report = try await sample.build(.decision(sample.pay(use: use, outcome: outcome))).pinned()
        #expect(report.grade == grade && codes(report) == gaps)
    }

    @Test func `what is not pinned is self-asserted, and another root than the pinned one is refused`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let evidence = try await sample.build(.decision(sample.pay()))
        let pins = try EvidenceDesk.pins(of: evidence)
        #expect(try evidence.report().grade == .d)
        for missing in pins {
            let report = try evidence.report(pins.filter { $0 != missing })
            #expect(report.grade == .d && report.roots.filter { !$0.isPinned }.map(\.pin) == [missing])
            let other = missing.prefix { $0 != ":" } + ":" + String(repeating: "07", count: 32)
            #expect(try evidence.report([String(other)]).refusal?.code == "evidence.pin_mismatch")
        }
        let (gate, agent) = (sample.gateIdentity.document.did.text, sample.robot.document.did.text)
        #expect(try evidence.report(["gate:\(gate)", "agent:\(agent)"]).isValid)
        #expect(try evidence.report(["gate:\(agent)", "agent:\(gate)"]).refusal?.code == "evidence.pin_mismatch")
    }

    @Test(arguments: [StampProfile.batch, .aiss21, .aiss1])
    func `a period shows every event with the ones around it`(profile: StampProfile) async throws {
        let sample = try await SampleEvidence(profile: profile)
        _ = try await sample.pay()
        let chain = profile == .aiss1 ? sample.robot.document.classicalAgentID : sample.robot.document.agentID
        let inside = try sample.build(
            .period(chain: chain.text, from: SampleKeys.time(1010), until: SampleKeys.time(1040))
        ).pinned()
        #expect(inside.grade == .b && codes(inside) == ["decisions.unproven"] && inside.limits.contains(.others))
        #expect(inside.story.count == 5, "three in the period, one before and one after")
        #expect(inside.limits.contains(.classical) == (profile == .aiss1))
        let whole = try sample.build(.period(chain: chain.text, from: SampleKeys.time(900), until: SampleKeys.time(2000)))
            .pinned()
        #expect(whole.grade == .b && codes(whole) == ["chain.tail", "decisions.unproven", "writ.none"])
        #expect(whole.story.contains { $0.text.contains("the permission was used") })
    }

    @Test func `an event that is left out in the middle is named, and the grade falls`() async throws {
        let sample = try await SampleEvidence()
        let evidence = try sample.period(from: 1010, until: 1040)
        #expect(try evidence.pinned().grade == .b)
        let events = evidence.records.filter { $0.kind == BatchEvent.version }
        let (middle, seal) = (events[2].position, events[2].place?.seal)
        let cut = try evidence.with(records: evidence.records.filter { ![middle, seal].contains($0.position) })
        #expect(try cut.pinned().refusal?.code == "evidence.claim_false", "the maker's grade does not hold any more")
        let honest = try cut.with(claim: .c).pinned()
        #expect(honest.grade == .c && codes(honest) == ["chain.missing", "decisions.unproven"])
        let front = try evidence.with(
            records: evidence.records.filter { ![events[0].position, events[0].place?.seal].contains($0.position) }, claim: .c)
        #expect(try codes(front.pinned()) == ["chain.head", "decisions.unproven"])
    }

    @Test(arguments: [StampProfile.batch, .aiss21, .aiss1])
    func `a chain after a rotation begins with it, and the agent's other chains are named`(profile: StampProfile) async throws {
        let sample = try await SampleEvidence(profile: profile)
        sample.home.clock.turn(by: 10)
        let next = try sample.home.ledger.rotate(sample.robot, keeper: sample.home.keeper, protection: .unencrypted)
        let receipts = try sample.home.ledger.stamp(samplePayloads(2), as: next, profile: profile)
        let (before, after) =
            profile == .aiss1
            ? (sample.robot.document.classicalAgentID, next.document.classicalAgentID)
            : (sample.robot.document.agentID, next.document.agentID)
        let evidence = try sample.build(
            .period(chain: after.text, from: SampleKeys.time(1010), until: SampleKeys.time(2000)))
        let report = try evidence.pinned()
        #expect(report.refusal == nil && codes(report) == ["chain.tail", "decisions.unproven"])
        #expect(report.story.count == 3 && report.limits.contains(.chains), "the rotation and two events")
        #expect(try sample.desk.otherChains(of: evidence.question) == [before.text])
        let event = try sample.build(.record(receipts[0].position)).pinned()
        #expect(codes(event) == ["decision.unnamed"] && event.story.count == 3 && event.limits.contains(.chains))
        let rotation = try #require(evidence.records.first { $0.eventType == "key_rotation" })
        let cut = evidence.records.filter { ![rotation.position, rotation.place?.seal].contains($0.position) }
        #expect(try codes(evidence.with(records: cut, claim: .c).pinned()).first == "chain.head")
        // Another event of the old chain is none that the new one continues.
        let old = try sample.build(.period(chain: before.text, from: SampleKeys.time(1010), until: SampleKeys.time(2000)))
        let last = try #require(old.records.last { $0.eventType == "step" })
        let seal = old.records.filter { $0.position == last.place?.seal }
        #expect(try evidence.with(records: cut + [last] + seal).pinned().refusal?.code == "evidence.unrelated")
    }

    @Test func `an event is shown with its neighbours and the decision that it names`() async throws {
        let sample = try await SampleEvidence()
        let id = try await sample.pay()
        let receipts = try sample.home.ledger.stamp(
            [["event_type": "paid", "decision": .string(id.text)]], as: sample.robot, profile: .batch)
        let report = try sample.build(.record(receipts[0].position)).pinned()
        #expect(report.grade == .b && codes(report) == ["chain.tail", "writ.none"])
        #expect(report.limits.contains(.named), "that it is what the decision allowed is the agent's word")
        let first = try #require(
            try sample.home.store.records(RecordQuery(agent: sample.robot.document.agentID.text)).first {
                $0.sequence == 1
            })
        let other = try sample.build(.record(first.position)).pinned()
        #expect(codes(other) == ["decision.unnamed"] && other.story.count == 3 && !other.limits.contains(.named))
        let outcome = try #require(
            try sample.home.store.records(RecordQuery(eventType: "gate_outcome", session: id.text)).first)
        #expect(try sample.build(.record(outcome.position)).question == .action(id), "what follows a decision is about it")
    }

    @Test func `what another key writes as a decision is none of the gate's`() async throws {
        let sample = try await SampleEvidence()
        let known = try await sample.decision(sample.pay())
        let stranger = try sample.home.identity("stranger")
        _ = try sample.home.ledger.register(stranger, role: "clerk")
        _ = try sample.home.ledger.stamp(samplePayloads(1), as: stranger, profile: .batch)
        let forged = try sample.forge(known.payload, as: stranger)
        #expect(code(of: { _ = try sample.build(.decision(forged)) }) == "evidence.nothing_to_show")
        let record = try #require(try sample.home.store.record(id: forged.bytes))
        #expect(try sample.build(.record(record.position)).question == .event(forged.bytes), "an event like any other")
        let receipts = try sample.home.ledger.stamp(
            [["event_type": "paid", "decision": .string(forged.text)]], as: sample.robot, profile: .batch)
        let report = try sample.build(.record(receipts[0].position)).pinned()
        #expect(report.grade == .c && codes(report) == ["chain.tail", "decision.missing"] && report.limits.contains(.named))
    }

    @Test(arguments: [StampProfile.batch, .aiss21, .aiss1])
    func `an event whose payload calls something else a decision names none`(profile: StampProfile) async throws {
        let sample = try await SampleEvidence(profile: profile)
        let receipts = try sample.home.ledger.stamp(
            [["event_type": "x", "decision": "yes"]], as: sample.robot, profile: profile)
        let report = try sample.build(.record(receipts[0].position)).pinned()
        #expect(report.refusal == nil && codes(report) == ["chain.tail", "decision.unnamed"])
    }

    @Test func `a slot is shown with the history that decided it`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let evidence = try sample.build(.slot(2))
        let report = try evidence.pinned()
        #expect(report.grade == .a && report.story.map(\.text).contains { $0.hasPrefix("slot 2: update-policy") })
        let cut = try evidence.without(Decision.type) { $0.position == evidence.records.last?.position }
        #expect(try cut.pinned().refusal?.code == "evidence.contradiction")
        for slot in [Int64.min, -1, 0, 3] {
            #expect(code(of: { _ = try sample.build(.slot(slot)) }) == "evidence.nothing_to_show", "slot \(slot)")
        }
    }

    @Test func `what no checkpoint covers is not shown`() async throws {
        let sample = try await SampleEvidence()
        let id = try await sample.pay(outcome: nil)
        _ = try sample.build(.decision(id))
        try await sample.gate.note(.init(id, .done, result: nil, detail: "", caller: "uid:1000"), of: "robot")
        let found = code(of: { _ = try sample.desk.build(.decision(id)) })
        #expect(found == "evidence.nothing_to_show")
    }

    @Test func `markup in a payload stays text in the report`() async throws {
        let sample = try await SampleEvidence()
        _ = try sample.home.ledger.stamp(
            [["event_type": "<script>alert(1)</script>", "x": "\"'&\u{202e}</pre>"]], as: sample.robot, profile: .batch)
        let page = EvidencePage.html(try sample.period(from: 1010, until: 2000).pinned())
        #expect(
            !page.contains("<script") && !page.contains("\u{202e}") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("default-src 'none'") && !page.contains("http:") && !page.contains("https:"))
    }
}
