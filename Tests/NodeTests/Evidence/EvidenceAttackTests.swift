import ChanceryEvidence
import ChanceryGate
import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

struct EvidenceAttackTests {
    private func refusal(_ evidence: Evidence) throws -> String? { try evidence.pinned().refusal?.code }

    @Test func `every changed bit and every truncation of a file is refused`() async throws {
        let sample = try await SampleEvidence()
        let bytes = try await sample.build(.decision(sample.pay())).encoded()
        // Each byte once, with another bit each time.
        let flips = bytes.indices.map { (byte: $0, bit: UInt8($0 % 8)) }
        let accepted = await inParallel(flips) { flip in
            EvidenceVerifier().verify(bytes.flipping(flip.byte, flip.bit)).isValid ? flip.byte : nil
        }
        #expect(accepted == [])
        let cuts = await inParallel(Array(0..<bytes.count)) { length in
            EvidenceVerifier().verify(Array(bytes[..<length])).isValid ? length : nil
        }
        #expect(cuts == [])
        #expect(!EvidenceVerifier().verify(bytes + [0x0a]).isValid)
    }

    @Test func `a change whose digest was made anew is refused too`() async throws {
        let sample = try await SampleEvidence()
        let bytes = try await sample.build(.decision(sample.pay())).encoded()
        let tail = #"","type":"chancery/evidence/v1"}"#.utf8.count
        let end = bytes.count - tail - 64 - #","digest":""#.utf8.count
        let start = #"{"content":"#.utf8.count
        let flips = stride(from: start, to: end, by: 211).map { (byte: $0, bit: UInt8($0 % 7)) }
        let accepted = await inParallel(Array(flips)) { flip in
            let content = Array(bytes.flipping(flip.byte, flip.bit)[start..<end])
            let digest = Array(Hex.encode(Digest.sha256(content)).utf8)
            let forged = bytes[..<start] + content + Array(#","digest":""#.utf8) + digest + bytes.suffix(tail)
            return EvidenceVerifier().verify(Array(forged)).isValid ? flip.byte : nil
        }
        #expect(accepted == [] && flips.count > 200)
    }

    @Test func `the grade cannot be raised by what the file claims`() async throws {
        let sample = try await SampleEvidence()
        let evidence = try await sample.build(.decision(sample.pay()))
        #expect(evidence.claim == .b)
        for claim in [EvidenceGrade.a, .c, .d] {
            #expect(try refusal(evidence.with(claim: claim)) == "evidence.claim_false")
        }
    }

    @Test func `records of another agent, log or decision are refused`() async throws {
        let sample = try await SampleEvidence()
        let (first, second) = (try await sample.pay(1), try await sample.pay(2))
        let other = try await SampleEvidence()
        let foreign = try await other.build(.decision(other.pay()))
        let (one, two) = (try sample.build(.decision(first)), try sample.build(.decision(second)))

        func swapped(_ kind: String, from source: Evidence, where isWanted: (EvidenceRecord) -> Bool = { _ in true }) throws
            -> Evidence
        {
            let added = source.records.filter { record in
                record.kind == kind && isWanted(record) && !one.records.contains { $0.position == record.position }
            }
            return try one.with(records: one.records.filter { !($0.kind == kind && isWanted($0)) } + added)
        }
        #expect(try refusal(swapped(Approval.type, from: two)) == "evidence.unrelated")
        #expect(
            try refusal(swapped(BatchEvent.version, from: two) { $0.eventType == "gate_redemption" })
                == "evidence.contradiction")
        #expect(try refusal(one.with(question: .action(second))) == "evidence.contradiction")
        #expect(
            try refusal(
                one.with(
                    records: one.records
                        + two.records.filter { record in
                            !one.records.contains { $0.position == record.position }
                        })) == "evidence.contradiction")
        // Another log's proofs, keys and checkpoint.
        let paths = zip(one.records, foreign.records).map { mine, theirs in
            EvidenceRecord(kind: mine.kind, bytes: mine.bytes, position: mine.position, path: theirs.path, place: mine.place)
        }
        #expect(try ["ledger.proof_malformed", "ledger.proof_mismatch"].contains(refusal(one.with(records: paths))))
        #expect(
            try refusal(one.with(keys: foreign.keys)) == "ledger.checkpoint_forged"
                || refusal(one.with(keys: foreign.keys)) == "ledger.checkpoint_unsigned")
        #expect(try refusal(one.with(checkpoint: foreign.checkpoint)) != nil)
        // The identity of somebody else in place of the agent's.
        let stranger = other.robot.document.did.text
        #expect(
            try refusal(one.with(parties: EvidenceParties(agent: stranger, gate: one.parties.gate))) == "evidence.unrelated")
    }

    @Test func `another text of the policy is refused, and a missing one is named`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay()
        try sample.revoke()
        let evidence = try sample.build(.decision(id))
        let changed = evidence.records.map { record in
            record.eventType != "gate_policy"
                ? record
                : EvidenceRecord(
                    kind: record.kind, bytes: record.bytes.replacing("forbidden", by: "forgotten"), position: record.position,
                    path: record.path, place: record.place)
        }
        #expect(try refusal(evidence.with(records: changed)) == "ledger.proof_mismatch")
        let policy = try #require(evidence.records.first { $0.eventType == "gate_policy" })
        let isShared = evidence.records.filter { $0.place?.seal == policy.place?.seal }.count > 1
        let cut = evidence.records.filter { record in
            record.position != policy.position && (isShared || record.position != policy.place?.seal)
        }
        let report = try evidence.with(records: cut, claim: .c).pinned()
        #expect(report.refusal == nil && report.gaps.map(\.code) == ["policy.missing"] && report.grade == .c)
    }

    @Test func `decisions of another federation authorise nobody here`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay()
        try sample.revoke()
        let other = try SampleFederation(weights: [1, 1, 1, 1], name: "other")
        _ = try sample.home.store.append(
            [.derive(kind: Genesis.type, bytes: other.genesis.bytes, sequence: nil)], moving: [])
        let evidence = try sample.build(.decision(id))
        #expect(try evidence.pinned().grade == .a)
        let position = try sample.home.store.frontier().size - 1
        let proof = try sample.home.log.prove(position)
        let genesis = EvidenceRecord(
            kind: Genesis.type, bytes: other.genesis.bytes, position: position, path: proof.inclusion.path)
        var parties = evidence.parties
        parties.federation = Hex.encode(other.genesis.federation.bytes)
        let theirs = evidence.records.filter { ![Genesis.type, Decision.type].contains($0.kind) } + [genesis]
        let pins = try EvidenceDesk.pins(of: evidence)
        let forged = try evidence.with(parties: parties, records: theirs, claim: .c)
        #expect(try forged.report(pins).refusal?.code == "evidence.pin_mismatch")
        #expect(try forged.report().gaps.map(\.code) == ["policy.not_voted", "writ.denied", "writ.tail"])
        let stripped = try evidence.with(
            parties: EvidenceParties(agent: parties.agent, gate: parties.gate),
            records: theirs.filter { $0.position != position }, claim: .c)
        #expect(try stripped.report().gaps.map(\.code) == ["writ.missing"], "who was governed cannot look as if he was not")
        let mixed = try evidence.with(records: evidence.records.map { $0.kind == Genesis.type ? genesis : $0 })
        #expect(try !mixed.report(pins).isValid)
    }

    @Test func `signed answers and their person cannot be left out unseen`() async throws {
        let sample = try await SampleEvidence()
        let evidence = try await sample.build(.decision(sample.pay()))
        #expect(try refusal(evidence.without(Approver.kind)) == "gate.approver_unknown")
        let cut = try evidence.without(Approval.type).without(Approver.kind).with(claim: .c).pinned()
        #expect(cut.gaps.map(\.code) == ["approval.missing", "writ.none"] && cut.grade == .c)
        #expect(try refusal(evidence.without(BatchSeal.type)) == "evidence.contradiction")
        let gate = sample.gateIdentity.document.did.text
        #expect(
            try refusal(evidence.without(IdentityDocument.type) { $0.bytes.replacing(gate, by: "") != $0.bytes })
                == "evidence.contradiction")
        #expect(try refusal(evidence.without(BatchEvent.version) { $0.eventType == "gate_answer" }) == "gate.not_approved")
    }

    @Test func `a statement about a person that calls itself something else is refused`() async throws {
        let sample = try await SampleEvidence()
        let evidence = try await sample.build(.decision(sample.pay()))
        let changed = evidence.records.map { record in
            record.kind != Approver.kind
                ? record
                : EvidenceRecord(
                    kind: record.kind, bytes: record.bytes.replacing("chancery/approver/v1", by: "chancery/approver/v2"),
                    position: record.position, path: record.path)
        }
        #expect(try refusal(evidence.with(records: changed)) == "evidence.malformed")
    }

    @Test(arguments: [false, true])
    func `a period from which denials were taken looks no better than the whole`(governed: Bool) async throws {
        let sample = try await SampleEvidence(governed: governed)
        let denied = try await sample.gate.decide(GatedAction("forbidden", payload: [:]), for: "robot", by: "uid:1000")
        #expect(denied.decision.verdict.effect == .block)
        sample.home.clock.turn(by: 10)
        _ = try sample.home.ledger.stamp(samplePayloads(1, from: 5), as: sample.robot, profile: .batch)
        let whole = try sample.period(from: 1010, until: 1055)
        let report = try whole.pinned()
        #expect(report.grade == .b && report.story.contains { $0.text.contains("BLOCK") })
        // Without all that the gate said, its seals and identity, and without the committee.
        let gate = sample.gateIdentity.document.did.text
        let rest = whole.records.filter { record in
            !(record.eventType?.hasPrefix("gate_") ?? false) && record.bytes.replacing(gate, by: "") == record.bytes
                && ![Genesis.type, Decision.type].contains(record.kind)
        }
        let silent = try whole.with(parties: EvidenceParties(agent: whole.parties.agent), records: rest, claim: .a)
        #expect(try refusal(silent) == "evidence.claim_false")
        let told = try silent.with(claim: .b).report(EvidenceDesk.pins(of: whole))
        #expect(told.grade == .b && told.gaps.map(\.code).contains("decisions.unproven") && told.limits.contains(.others))
        let unused = try EvidenceDesk.pins(of: whole).filter { $0.hasPrefix("gate:") || $0.hasPrefix("federation:") }
        #expect(told.unusedPins == unused && !unused.isEmpty && EvidencePage.html(told).contains(unused[0]))
    }

    @Test func `slots at the end of a history cannot be left out unseen`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay()
        let open = try sample.build(.decision(id)).pinned()
        #expect(open.grade == .b && open.gaps.map(\.code) == ["writ.tail"])
        // Taken back, then paid once more: a gate that did not want to know.
        try sample.revoke()
        let whole = try sample.build(.decision(id))
        #expect(try whole.pinned().grade == .a)
        let allowed = try sample.decision(id)
        let late = try sample.forge(
            GateDecision(
                caller: "uid:1000", action: allowed.action, facts: allowed.facts, policy: allowed.policy,
                engine: allowed.engine, verdict: allowed.verdict, question: allowed.question, time: sample.home.clock.now()
            ).payload)
        let denied = try sample.build(.decision(late))
        #expect(try denied.pinned().gaps.map(\.code).contains("writ.denied"))
        let revocation = try #require(denied.records.last { $0.kind == Decision.type })
        let cut = try denied.without(Decision.type) { $0.position == revocation.position }
        #expect(try cut.with(claim: .b).pinned().gaps.map(\.code).contains("writ.tail"))
        #expect(try refusal(cut.with(claim: .a)) == "evidence.claim_false")
    }

    @Test(arguments: [true, false])
    func `a permission that was used after the committee thought better of it is no complete answer`(revoked: Bool) async throws
    {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay(use: false, outcome: nil)
        // Two slots between the decision and its use: the next one alone shows too little.
        try sample.decide(
            .authorizeAgent(sample.gateIdentity.document.did, role: "gate", scope: .everything, constraints: .none))
        if revoked { try sample.revoke() } else { try sample.decide(.updatePolicy(Digest.sha256(Array("another".utf8)))) }
        sample.home.clock.turn(by: 1)
        try sample.use(id)
        let evidence = try sample.build(.decision(id))
        let report = try evidence.pinned()
        #expect(report.gaps.map(\.code) == [revoked ? "writ.denied" : "policy.not_voted", "writ.tail"] && report.grade == .c)
        let last = try #require(evidence.records.last { $0.kind == Decision.type })
        let cut = try evidence.without(Decision.type) { $0.position == last.position }
        #expect(try cut.with(claim: .b).pinned().gaps.map(\.code) == ["writ.tail"])
        #expect(try refusal(cut.with(claim: .a)) == "evidence.claim_false")
    }

    @Test func `what was granted until the use of a permission is shown completely`() async throws {
        let sample = try await SampleEvidence(governed: true)
        let id = try await sample.pay(use: false, outcome: nil)
        try sample.decide(
            .authorizeAgent(sample.gateIdentity.document.did, role: "gate", scope: .everything, constraints: .none))
        try sample.use(id)
        #expect(try sample.build(.decision(id)).pinned().gaps.map(\.code) == ["writ.tail"])
        try sample.revoke()
        #expect(try sample.build(.decision(id)).pinned().grade == .a)
    }

    @Test(arguments: ["NO_POLICY", "POLICY_NOT_IN_FORCE", "POLICY_UNREADABLE", "none"])
    func `a permission that no policy gave is refused`(rule: String) async throws {
        let sample = try await SampleEvidence()
        let asked = try await sample.decision(sample.pay())
        let verdict = Verdict(effect: .allow, rule: rule, rules: [rule], reason: "")
        let forged = GateDecision(
            caller: "uid:1000", action: asked.action, facts: asked.facts, policy: rule == "none" ? nil : asked.policy,
            engine: asked.engine, verdict: verdict, question: nil, time: sample.home.clock.now())
        let id = try sample.forge(forged.payload)
        let error = #expect(throws: NodeError.self) { try sample.build(.decision(id)) }
        #expect(error?.detail.contains("evidence.contradiction") == true, "\(String(describing: error))")
    }

    @Test(arguments: ["other/1", Policy.engine + "0 x", Policy.engine + " x"])
    func `a verdict of another engine is no complete answer`(engine: String) async throws {
        let sample = try await SampleEvidence(governed: true)
        let denied = try await sample.gate.decide(GatedAction("forbidden", payload: [:]), for: "robot", by: "uid:1000")
        let known = denied.decision
        func forged(_ verdict: Verdict, authorized: Bool = true) throws -> DecisionID {
            var facts = known.facts
            facts.authorized = authorized
            return try sample.forge(
                GateDecision(
                    caller: "uid:1000", action: known.action, facts: facts, policy: known.policy, engine: engine,
                    verdict: verdict, question: nil, time: sample.home.clock.now()
                ).payload)
        }
        let same = try forged(known.verdict)
        let allowed = Verdict(effect: .allow, rule: "x", rules: ["x"], reason: "")
        let (other, unauthorized) = (try forged(allowed), try forged(allowed, authorized: false))
        try sample.revoke()
        let report = try sample.build(.decision(same)).pinned()
        guard engine != Policy.engine + " x" else {
            #expect(report.grade == .a)
            #expect(throws: NodeError.self) { try sample.build(.decision(other)) }
            return
        }
        #expect(report.gaps.map(\.code) == ["replay.unchecked"] && report.grade == .b)
        #expect(try sample.build(.decision(same)).claim == .a, "another verifier may evaluate it")
        #expect(try sample.build(.decision(other)).pinned().gaps.map(\.code) == ["use.missing", "replay.unchecked"])
        let codes = try sample.build(.decision(unauthorized)).pinned().gaps.map(\.code)
        #expect(codes == ["use.missing", "writ.denied", "replay.unchecked"])
    }
}
