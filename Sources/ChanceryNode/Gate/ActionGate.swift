public import ChanceryGate
public import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
public import ChanceryWire
internal import Synchronization

/// Decides each action before it happens, asks people where the policy says so, and lets each permission be used once.
///
/// Whatever goes wrong denies: every failure below is thrown, and nothing that was thrown allows anything.
public final class ActionGate: Sendable {
    /// How often a decision is made again because the world changed while it was written.
    private static let attempts = 3

    let journal: GateJournal
    let queue: GateQueue
    let store: any RecordStore & RecordIndex
    let directory: AgentDirectory
    let authority: (any AuthoritySource)?
    let risk: any RiskSource
    let approvers: ApproverRegistry
    let policies = PolicyShelf()
    let now: @Sendable () -> UTCTime

    /// - Parameters:
    ///   - identity: the gate's own, whose chain is its journal.
    ///   - authority: nil in a home without a committee.
    public init(
        identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry,
        authority: (any AuthoritySource)?, risk: any RiskSource, approvers: ApproverRegistry,
        now: @escaping @Sendable () -> UTCTime
    ) {
        journal = GateJournal(store: store, registry: registry, identity: identity, now: now)
        queue = GateQueue(journal)
        directory = AgentDirectory(store: store, registry: registry)
        self.store = store
        self.authority = authority
        self.risk = risk
        self.approvers = approvers
        self.now = now
    }

    /// Under which identity the gate signs.
    public var did: DID { journal.document.did }

    /// A decision that is on record.
    public struct Decided: Sendable {
        public let id: DecisionID
        public let decision: GateDecision
        /// Its place in the log.
        public let position: UInt64
    }

    /// Decides whether `agent` may do `action`, durably before it answers (rule P1).
    ///
    /// - Parameters:
    ///   - agent: a name, DID or agent id.
    ///   - caller: who asks.
    ///   - usedAtOnce: whether the caller carries a permission out at once, which is its one use; nobody redeems it then.
    ///   - claims: what the caller says about the agent besides; kept, and used for nothing.
    /// - Throws: `gate.agent_unknown`, `gate.too_many_questions`, `gate.facts_changed` when the
    ///   world changes faster than it can be written down, and what the store throws. The first two are on record.
    public func decide(
        _ action: GatedAction, for agent: String, by caller: String, usedAtOnce: Bool = false, claims: Claims? = nil
    ) async throws -> Decided {
        var before = try await standing(of: agent, asking: "decide", by: caller)
        for _ in 1...Self.attempts {
            let seen = before
            let written = try await queue.write(
                .init(name: "decide", agent: seen.did.text, caller: caller, decision: nil, bytes: action.bytes.count) {
                    [policies] view, time in
                    let decision = try policies.decide(
                        action, seen, caller: caller, view, at: time, usedAtOnce: usedAtOnce, claims: claims)
                    if decision.question != nil { try Self.requireRoom(view.waiting(of: seen.did.text)) }
                    return .init(.decision(decision))
                })
            guard case .decision(let decision) = written.event else { throw NodeError(.rejected, "no decision was written") }
            let after = try await standing(of: agent, asking: "decide", by: caller)
            let isStill = try after == before || stillHolds(decision, after)
            if isStill { return Decided(id: written.id, decision: decision, position: written.position) }
            before = after
        }
        throw GateError(.factsChanged, "what is known of the agent changes faster than it can be decided")
    }

    /// What would be decided now. Nothing is stored, and nothing may be done with the answer.
    public func rehearse(_ action: GatedAction, for agent: String, by caller: String) async throws -> GateDecision {
        let seen = try await standing(of: agent, asking: nil, by: caller)
        return try journal.read { view in
            try policies.decide(action, seen, caller: caller, view, at: now())
        }
    }

    /// Uses a permission, once, just before the action happens: the policy is asked again with what is known now (rule P3).
    ///
    /// - Throws: what ``GateState/requireRedeemable(_:agent:actionHash:at:)`` throws, and `gate.blocked_now`. Whoever hears an
    ///   error must not act. All of it is on record.
    public func redeem(
        _ id: DecisionID, _ action: GatedAction, for agent: String, by caller: String
    ) async throws {
        let seen = try await standing(of: agent, asking: "redeem", by: caller, decision: id)
        let used = Mutex<OpenDecision?>(nil)
        _ = try await queue.write(
            .init(name: "redeem", agent: seen.did.text, caller: caller, decision: id, bytes: action.bytes.count) {
                [self] view, time in
                let open = try view.state.requireRedeemable(
                    id, agent: seen.did.text, actionHash: action.hash, at: time)
                // What is over may be forgotten as soon as it is written.
                used.withLock { $0 = open }
                let again = try policies.decide(action, seen, caller: caller, view, at: time, answering: open)
                try requireStillAllowed(again, open, at: time)
                return .init(.redemption(.init(id, actionHash: action.hash, caller: caller)))
            })
        // What came to light while this was written still stops the action; the permission is spent.
        let after = try await standing(of: agent, asking: "redeem", by: caller, decision: id)
        let open = used.withLock { $0 }
        // A standing says nothing of approvers: whoever said yes is looked at again in any case.
        guard after != seen || open?.answer != nil else { return }
        do {
            try journal.read { view in
                let again = try policies.decide(action, after, caller: caller, view, at: now(), answering: open)
                try requireStillAllowed(again, open, at: now())
            }
        } catch {
            try await refuse("redeem", error, agent: seen.did.text, caller: caller, decision: id)
        }
    }

    /// Checks that what is decided now is no stricter than what was asked and answered: the same rule asks, and whoever
    /// answered may answer for the risk of now.
    ///
    /// - Throws: `gate.blocked_now`, and `gate.approver_inactive` when the answer is not the one that a person signed.
    private func requireStillAllowed(_ again: GateDecision, _ open: OpenDecision?, at time: UTCTime) throws {
        let verdict = again.verdict
        let approver = try open?.answer.map { try self.approver(of: $0, at: time) }
        if verdict.effect < .requireHuman { return }
        guard verdict.effect == .requireHuman, let approver, let question = again.question,
            open?.rule.utf8.elementsEqual(verdict.rule.utf8) == true, approver.clearance >= question.clearance
        else { throw GateError(.blockedNow, "\(verdict.rule): \(verdict.reason)") }
    }

    /// Whoever signed the answer that is on record: the event alone says nothing.
    private func approver(of answer: GateEvent.Answer, at time: UTCTime) throws -> Approver {
        guard let record = try store.record(id: answer.record), record.kind == Approval.type else {
            throw GateError(.approverInactive, "the signed answer is not on record")
        }
        let approval = try Approval.verify(record.bytes) { try approvers.approver($0) }
        guard approval.terms.decision == answer.decision, approval.terms.choice == answer.choice,
            approval.approver.isActive(at: time)
        else { throw GateError(.approverInactive, "the key of `\(answer.name)` is revoked, or signed something else") }
        return approval.approver
    }

    /// Whether a decision would be no stricter with what is known now.
    private func stillHolds(_ decision: GateDecision, _ standing: AgentStanding) throws -> Bool {
        try journal.read { view in
            var facts = standing.facts(AgentHistory(), labels: decision.action.labels, at: decision.time)
            facts.alerts = decision.facts.alerts
            facts.watches = decision.facts.watches
            let verdict = policies.verdict(view.state.policy, on: decision.action, facts, standing)
            return verdict.effect <= decision.verdict.effect && view.state.policy?.hash == decision.policy
        }
    }

    /// What is known of an agent now.
    ///
    /// - Parameter what: what is refused, on record, when nothing is known; nil to leave no record.
    func standing(
        of agent: String, asking what: String?, by caller: String, decision: DecisionID? = nil
    ) async throws -> AgentStanding {
        do {
            let (entry, risk) = try store.atOneMoment { [risk] in
                let entry = try directory.agent(agent)
                return (entry, try risk.risk(of: entry.identity.did))
            }
            let word = try await authority?.word(on: entry.identity.did)
            return AgentStanding(
                did: entry.identity.did, name: entry.record.name,
                role: entry.record.status == .active ? word?.role ?? entry.record.role : nil, word: word, risk: risk)
        } catch {
            let unknown = (error as? NodeError).flatMap { $0.reason == .notFound ? GateError(.agentUnknown, $0.detail) : nil }
            guard let what else { throw unknown ?? error }
            try await refuse(what, unknown ?? error, agent: agent, caller: caller, decision: decision)
        }
    }

    /// Puts on record that something was refused, and throws it.
    ///
    /// - Parameters:
    ///   - what: what was asked for.
    ///   - agent: whom it was about, as the caller says; it may be unknown here.
    /// - Throws: `error`, or what the store throws when it could not be written down.
    public func refuse(
        _ what: String, _ error: any Error, agent: String, caller: String, decision: DecisionID? = nil
    ) async throws -> Never {
        let bytes = agent.utf8.count + ((error as? any CodedError)?.detail.utf8.count ?? 0)
        _ = try await queue.write(
            .init(name: what, agent: agent, caller: caller, decision: decision, bytes: bytes) { _, _ in throw error })
        throw error
    }

    private static func requireRoom(_ waiting: (own: Int, all: Int)) throws {
        guard waiting.own < GateState.questionsPerAgent, waiting.all < GateState.questions else {
            throw GateError(.tooManyQuestions, "\(waiting.own) questions of this agent wait for people already")
        }
    }
}

extension GateError.Reason {
    /// Nobody of this name is registered as an agent.
    public static let agentUnknown = Self(rawValue: "gate.agent_unknown")
    /// What is known of the agent changed while it was decided.
    public static let factsChanged = Self(rawValue: "gate.facts_changed")
    /// What was allowed is not allowed any more.
    public static let blockedNow = Self(rawValue: "gate.blocked_now")
    /// As many decisions wait for people as may.
    public static let tooManyQuestions = Self(rawValue: "gate.too_many_questions")
}
