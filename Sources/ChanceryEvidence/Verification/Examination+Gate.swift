internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// What a gate decided about the agent, by the gate's own rules.
extension Examination {
    /// One decision with what followed in the file.
    struct Case {
        let id: DecisionID
        let decision: GateDecision
        var answer: GateEvent.Answer?
        var isLapsed = false
        /// When the permission was used: with the decision itself, or later. Nil for one without a use.
        var use: UTCTime?
        var outcome: GateEvent.Outcome?

        var isUsed: Bool { use != nil }
        /// When the agent last acted, or was allowed to.
        var end: UTCTime { use ?? decision.time }
    }

    /// An event of the gate, with what is known of its moment.
    private struct Entry {
        let record: EvidenceRecord
        let event: GateEvent
        let id: DecisionID
        /// As the gate signed it, in whole seconds.
        let time: UTCTime
    }

    mutating func checkGate() throws {
        let entries = try gateEntries()
        reportSilence()
        guard !entries.isEmpty else {
            guard evidence.parties.gate == nil else {
                throw EvidenceError(.contradiction, "the gate says nothing in this file")
            }
            checkNamedDecision()
            return report.note("gate", .absent, "no gate speaks in this file")
        }
        var state = GateState()
        var cases: [Case] = []
        var policies: [[UInt8]: (activation: PolicyActivation, position: UInt64)] = [:]
        for entry in entries {
            switch entry.event {
            case .policy(let activation): policies[activation.hash] = (activation, entry.record.position)
            case .decision(let decision): try take(decision, entry, &cases)
            case .answer(let answer):
                let index = try index(of: answer.decision, in: cases)
                try check(answer, of: cases[index].decision, state, at: entry.time)
                cases[index].answer = answer
            case .redemption(let redemption):
                let index = try index(of: redemption.decision, in: cases)
                try check(redemption, state, policies, cases[index].decision, at: entry.time)
                // The event has whole seconds; nobody uses what was not decided yet.
                cases[index].use = max(entry.time, cases[index].decision.time)
            case .outcome(let outcome):
                let index = try index(of: outcome.decision, in: cases)
                guard cases[index].isUsed, cases[index].outcome == nil else {
                    throw EvidenceError(.contradiction, "an outcome of what was not done, or a second one")
                }
                cases[index].outcome = outcome
            case .lapse(let lapse): cases[try index(of: lapse.decision, in: cases)].isLapsed = true
            case .refusal(let refusal):
                guard let id = refusal.decision else {
                    throw EvidenceError(.unrelated, "a refusal that follows no decision")
                }
                _ = try index(of: id, in: cases)
            }
            state.apply(entry.event, id: entry.id, at: entry.time)
            if case .policy = entry.event {} else { used.insert(entry.record.position) }
            tell(entry)
        }
        try checkQuestion(cases)
        report.limits.append(.statements)
        report.note(
            "gate", .holds,
            "\(cases.count) decisions, and \(entries.count - cases.count - policies.count) events that follow them",
            "the gate's identity")
        for found in cases { try judge(found, policies) }
        reportTail(cases)
        try checkPolicies(cases, policies)
    }

    /// Whoever makes a file can leave out what a gate said, above all what it denied; a file without a gate looks no better.
    private mutating func reportSilence() {
        if case .decision = evidence.question { return }
        report.limits.append(.others)
        guard case .period = evidence.question else { return }
        report.gaps.append(
            .open("decisions.unproven", "nothing shows that all that a gate decided about the agent in the period is here"))
    }

    private func gateEntries() throws -> [Entry] {
        let chains = Set(gate.map(\.identity.agentID.text))
        return try evidence.records.compactMap { record in
            guard case .batch(let event)? = items[record.position], chains.contains(event.agentID.text) else { return nil }
            return Entry(
                record: record, event: try GateEvent(event.payload), id: try DecisionID(event.hash),
                time: UTCTime(seconds: event.timestamp))
        }
    }

    private func index(of id: DecisionID, in cases: [Case]) throws(EvidenceError) -> Int {
        guard let index = cases.firstIndex(where: { $0.id == id }) else {
            throw EvidenceError(.contradiction, "something follows a decision that is not in the file")
        }
        return index
    }

    private func take(_ decision: GateDecision, _ entry: Entry, _ cases: inout [Case]) throws {
        guard decision.facts.agent == evidence.parties.agent else {
            throw EvidenceError(.contradiction, "a decision is about another agent")
        }
        guard decision.time.seconds == entry.time.seconds else {
            throw EvidenceError(.contradiction, "a decision names another time than its event")
        }
        // Without a policy, and by its own rules, a gate only denies.
        guard
            decision.verdict.effect == .block
                || decision.policy != nil && !Evaluation.ownRules.contains(decision.verdict.rule)
        else { throw EvidenceError(.contradiction, "the gate let something happen that no policy allowed") }
        cases.append(Case(id: entry.id, decision: decision, use: decision.isUsedAtOnce ? decision.time : nil))
    }

    private mutating func checkQuestion(_ cases: [Case]) throws(EvidenceError) {
        switch evidence.question {
        case .action(let id):
            guard cases.count == 1, cases[0].id == id else {
                throw EvidenceError(.contradiction, "the decision that is asked about is not the one in the file")
            }
        case .event(let hash):
            guard cases.count == 1, cases[0].id == namedDecision(hash) else {
                throw EvidenceError(.unrelated, "a decision that the event does not name")
            }
            report.limits.append(.named)
        case .period(_, let from, let until):
            guard cases.allSatisfy({ $0.decision.time >= from && $0.decision.time < until }) else {
                throw EvidenceError(.unrelated, "a decision of another time")
            }
        case .decision: throw EvidenceError(.unrelated, "a gate speaks where a committee was asked about")
        }
    }

    /// Whether an event that is asked about tells which decision allowed it.
    private mutating func checkNamedDecision() {
        guard case .event(let hash) = evidence.question else { return }
        guard namedDecision(hash) != nil else {
            return report.gaps.append(.open("decision.unnamed", "the event names no decision of a gate"))
        }
        report.limits.append(.named)
        report.gaps.append(.missing("decision.missing", "the decision that the event names is not in the file"))
    }

    /// The decision that the event with this hash names in its payload.
    private func namedDecision(_ hash: [UInt8]) -> DecisionID? {
        for item in items.values {
            switch item {
            case .event(let event) where event.hash == Hex.encode(hash):
                return Self.decision(namedBy: event.payload)
            case .batch(let event) where event.hash == Hex.encode(hash):
                return Self.decision(namedBy: event.payload)
            default: continue
            }
        }
        return nil
    }

    /// Agents write what they like: a `decision` that is no id names none.
    private static func decision(namedBy payload: JSONObject) -> DecisionID? {
        (payload["decision"]?.string).flatMap { try? DecisionID($0) }
    }

    // MARK: what people said, and the use

    private mutating func check(
        _ answer: GateEvent.Answer, of decision: GateDecision, _ state: GateState, at time: UTCTime
    ) throws {
        let approvers = Dictionary(
            evidence.records.compactMap { record -> (String, (approver: Approver, position: UInt64))? in
                guard case .approver(let approver)? = items[record.position] else { return nil }
                return (approver.id, (approver, record.position))
            }, uniquingKeysWith: { first, _ in first })
        for record in evidence.records {
            guard case .approval(let unverified)? = items[record.position], unverified.bodyHash == answer.record else {
                continue
            }
            let approval = try Approval.verify(record.bytes) { approvers[$0]?.approver }
            // The event has whole seconds; the person signed at most as late as the gate wrote.
            let end = UTCTime(milliseconds: time.milliseconds + 999)
            let moment = min(max(approval.terms.time, time), end)
            let names = Set([decision.facts.agent, decision.facts.agentName ?? "", decision.caller])
            _ = try state.requireAnswerable(approval, agentNames: names, at: moment)
            guard GateEvent.Answer(approval) == answer else {
                throw EvidenceError(.contradiction, "the gate noted another answer than the person signed")
            }
            used.formUnion([record.position, approvers[approval.approver.id]?.position ?? record.position])
            report.limits.append(.approver)
            report.story.append(
                .init(
                    position: record.position, time: approval.terms.time.text,
                    text: "\(approval.approver.name) signed: \(answer.choice.rawValue)",
                    content: Self.text(approval.record.body)))
            return report.note(
                "approval", .holds,
                "\(approval.approver.name) (\(approval.approver.clearance.rawValue)): \(answer.choice.rawValue)",
                "the person's key, which the home's operator registered")
        }
        report.gaps.append(.missing("approval.missing", "the signed answer of `\(answer.name)` is not in the file"))
    }

    private func check(
        _ redemption: GateEvent.Redemption, _ state: GateState,
        _ policies: [[UInt8]: (activation: PolicyActivation, position: UInt64)], _ decision: GateDecision, at time: UTCTime
    ) throws {
        do {
            _ = try state.requireRedeemable(
                redemption.decision, agent: decision.facts.agent, actionHash: redemption.actionHash, at: time)
        } catch let error as GateError
            where error.reason == .policyChanged && decision.policy.map({ policies[$0] == nil }) ?? true
        {
            // The policy is missing from the file, which is said elsewhere.
        }
    }

    // MARK: what is missing

    private mutating func judge(
        _ found: Case, _ policies: [[UInt8]: (activation: PolicyActivation, position: UInt64)]
    ) throws {
        let name = found.id.short
        if found.decision.question != nil, found.answer == nil, !found.isLapsed {
            report.gaps.append(.open("answer.missing", "nobody's answer to decision \(name) is in the file"))
        } else if !found.isUsed, found.decision.isPermission || found.answer?.choice == .approve {
            report.gaps.append(.open("use.missing", "no use of the permission \(name) is in the file"))
        }
        switch found.outcome?.status {
        case .unknown?: report.gaps.append(.open("outcome.unknown", "nobody knows what came of decision \(name)"))
        case nil where found.isUsed:
            report.gaps.append(.missing("outcome.missing", "what came of decision \(name) is not in the file"))
        default: break
        }
        if agent.isEmpty { report.gaps.append(.missing("agent.unidentified", "the agent's identity is not in the file")) }
        try checkWrit(found, policies[found.decision.policy ?? []]?.activation)
    }

    private mutating func checkPolicies(
        _ cases: [Case], _ policies: [[UInt8]: (activation: PolicyActivation, position: UInt64)]
    ) throws {
        var (replayed, foreign) = (0, 0)
        for found in cases {
            guard let hash = found.decision.policy else { continue }
            guard let (activation, position) = policies[hash] else {
                report.gaps.append(
                    .missing("policy.missing", "the text of policy \(Hex.encode(hash.prefix(8)))… is not in the file"))
                continue
            }
            used.insert(position)
            guard !Evaluation.ownRules.contains(found.decision.verdict.rule) else { continue }
            // What watched the agent stands behind a space; it plays no part in the evaluation.
            guard (found.decision.engine + " ").utf8.starts(with: (Policy.engine + " ").utf8) else {
                foreign += 1
                continue
            }
            let policy = try Policy(parsing: Array(activation.text.utf8), format: .of(activation.text))
            guard Evaluation.verdict(of: policy, on: found.decision.action, found.decision.facts) == found.decision.verdict
            else {
                throw EvidenceError(.contradiction, "the policy's text says another verdict than decision \(found.id.short)")
            }
            replayed += 1
        }
        if foreign > 0 {
            report.gaps.append(
                .unchecked("replay.unchecked", "\(foreign) verdicts are of another version of the evaluation than this one"))
        }
        if foreign > 0 || replayed == 0 {
            report.note("replay", .unchecked, "no verdict was evaluated again: decided without a policy, or by another version")
        } else {
            report.note(
                "replay", .holds,
                "\(replayed) verdicts evaluated again from action, facts and the policy's text, with the same result",
                "the facts as the gate signed them")
        }
    }

    private mutating func tell(_ entry: Entry) {
        let text: String
        switch entry.event {
        case .policy(let activation): text = "policy \(activation.versionID) was activated"
        case .decision(let decision):
            text =
                "the gate decided \(decision.verdict.effect.rawValue) about `\(decision.action.name)`: \(decision.verdict.rule), \(decision.verdict.reason)"
        case .answer(let answer): text = "the gate took the answer of \(answer.name): \(answer.choice.rawValue)"
        case .redemption: text = "the permission was used"
        case .outcome(let outcome): text = "the outcome: \(outcome.status.rawValue) \(outcome.detail)"
        case .lapse: text = "nobody answered in time"
        case .refusal(let refusal): text = "refused: \(refusal.what), \(refusal.errorCode)"
        }
        guard case .batch(let event)? = items[entry.record.position] else { return }
        report.story.append(
            .init(position: entry.record.position, time: entry.time.text, text: text, content: Self.text(event.payload)))
    }
}
