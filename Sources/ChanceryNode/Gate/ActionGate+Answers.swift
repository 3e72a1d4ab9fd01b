public import ChanceryGate
internal import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
public import ChanceryWire

extension ActionGate {
    /// What an answer must be, where it was handed in as one.
    public struct Expectation: Sendable {
        let decision: DecisionID
        let choice: Approval.Choice

        public init(_ choice: Approval.Choice, on decision: DecisionID) {
            self.choice = choice
            self.decision = decision
        }
    }

    /// Takes a person's signed answer to an open question (rule P3).
    ///
    /// - Parameter expected: what the answer was handed in as.
    /// - Returns: where the decision stands now.
    /// - Throws: `gate.approver_unknown`, `gate.approval_mismatch` for another answer than was expected, what
    ///   ``GateState/requireAnswerable(_:agentNames:at:)`` throws, and the errors of a false signature. All of it is on record.
    @discardableResult
    public func answer(
        _ bytes: [UInt8], by caller: String, expecting expected: Expectation? = nil
    ) async throws -> OpenDecision.Standing {
        let approval: Approval
        do {
            approval = try Approval.verify(bytes) { try approvers.approver($0) }
        } catch {
            try await refuse("answer", error, agent: "", caller: caller)
        }
        let terms = approval.terms
        // Whoever acts for the agent is called like it.
        let names: Set<String>
        do {
            names = try directory.agent(terms.agent).names
        } catch let error as NodeError where error.reason == .notFound {
            // No decision is about nobody.
            names = []
        } catch {
            try await refuse("answer", error, agent: terms.agent, caller: caller, decision: terms.decision)
        }
        let record = try NewRecord(approval.record)
        let written = try await queue.write(
            .init(name: "answer", agent: terms.agent, caller: caller, decision: terms.decision) { [approvers] view, time in
                // Revoked in between, also by another process.
                guard let current = try approvers.approver(approval.approver.id), current.isActive(at: time) else {
                    throw GateError(.approverInactive, "the key of `\(approval.approver.name)` is revoked or over")
                }
                guard expected.map({ $0.decision == terms.decision && $0.choice == terms.choice }) ?? true else {
                    throw GateError(.approvalMismatch, "the signed answer is another than it was handed in as")
                }
                // Whoever asked does not answer. Who hands an answer in does not matter: the person's signature counts.
                let asker = view.state.open[terms.decision]?.caller ?? ""
                _ = try view.state.requireAnswerable(approval, agentNames: names.union([asker]), at: time)
                return .init(.answer(.init(approval)), along: [record])
            })
        guard case .answer(let answer) = written.event else { return .lapsed }
        return answer.choice == .approve ? .approved(by: answer.name, until: answer.expires) : .rejected(by: answer.name)
    }

    /// Notes what came of an action whose permission was used.
    ///
    /// - Parameter mayWait: whether it may be written some milliseconds later, together with the next decision.
    /// - Throws: `gate.decision_unknown` when no permission was used, `gate.foreign_decision`, and `gate.outcome_known` for a
    ///   second outcome.
    public func note(_ outcome: GateEvent.Outcome, of agent: String, mayWait: Bool = false) async throws {
        let did: String
        do {
            did = try directory.agent(agent).identity.did.text
        } catch {
            try await refuse("outcome", error, agent: agent, caller: outcome.caller, decision: outcome.decision)
        }
        let work = GateJournal.Work(
            name: "outcome", agent: did, caller: outcome.caller, decision: outcome.decision
        ) { [self] view, _ in
            guard let record = try journal.decision(outcome.decision) else {
                throw GateError(.decisionUnknown, "there is no decision `\(outcome.decision.short)`")
            }
            let decision = try GateDecision(Self.event(record).payload)
            guard decision.facts.agent.utf8.elementsEqual(did.utf8) else {
                throw GateError(.foreignDecision, "the decision is about another agent")
            }
            func isFollowed(by type: String) throws -> Bool {
                try !journal.records(RecordQuery(eventType: type, session: outcome.decision.text, limit: 1)).isEmpty
            }
            guard try !isFollowed(by: GateEvent.Outcome.eventType) else {
                throw GateError(.outcomeKnown, "an outcome is on record already")
            }
            guard try decision.isUsedAtOnce || isFollowed(by: GateEvent.Redemption.eventType) else {
                throw GateError(.decisionUnknown, "nobody used the decision; it has no outcome")
            }
            return .init(.outcome(outcome))
        }
        _ = try await queue.write(work, mayWait: mayWait)
    }

    /// Notes what came of an action, and loses it only when it could have been written and was not: a store that is busy is asked
    /// again, and whoever calls can do nothing about an outcome that does not count. What was refused is on record.
    ///
    /// - Parameter hasHappened: whether the action may have happened. If not, the decision may not have been used either.
    /// - Throws: as ``note(_:of:mayWait:)``, but for `gate.outcome_known`, and `gate.decision_unknown` of an action that never
    ///   happened.
    public func conclude(
        _ outcome: GateEvent.Outcome, of agent: String, hasHappened: Bool, mayWait: Bool = false
    ) async throws {
        for pause in [100, 1000, nil] {
            do {
                return try await note(outcome, of: agent, mayWait: mayWait)
            } catch let error as NodeError where error.reason == .storeBusy {
                guard let pause else { throw error }
                try await Task.sleep(for: .milliseconds(pause))
            } catch let error as GateError where error.reason == .outcomeKnown {
                return
            } catch let error as GateError where error.reason == .decisionUnknown && !hasHappened {
                return
            }
        }
    }

    /// Questions that wait for people, oldest first.
    public func questions() throws -> [OpenDecision] {
        let time = now()
        return try journal.read { view in
            view.state.open.values.filter {
                if case .waiting = $0.standing(at: time) { true } else { false }
            }
        }.sorted { ($0.time, $0.id.text) < ($1.time, $1.id.text) }
    }

    /// Where a decision stands; nil for one that is over and forgotten.
    public func standing(of id: DecisionID) throws -> OpenDecision.Standing? {
        let time = now()
        return try journal.read { view in view.state.open[id]?.standing(at: time) }
    }

    /// Writes down which questions nobody answered in time; there may be none.
    public func noteLapses() throws { try journal.writeLapses() }

    /// Waits until a decision no longer waits for people, or until `deadline`.
    public func settled(_ id: DecisionID, until deadline: UTCTime) async throws -> OpenDecision.Standing {
        while true {
            guard let standing = try standing(of: id) else {
                throw GateError(.decisionUnknown, "no decision `\(id.short)` waits for anybody")
            }
            guard case .waiting = standing, now() < deadline else { return standing }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

extension GateError.Reason {
    /// The outcome of an action is noted once.
    public static let outcomeKnown = Self(rawValue: "gate.outcome_known")
}
