public import ChanceryGate
public import ChanceryLedger
public import ChanceryPolicy
public import ChanceryWire

extension ActionGate {
    /// A decision with everything that followed.
    public struct History: Sendable {
        public let id: DecisionID
        public let decision: GateDecision
        public let position: UInt64
        /// In the order in which it was written; of each kind the first hundred.
        public let following: [GateEvent]
        public let times: [UTCTime]

        /// Whether the permission was used.
        public var isUsed: Bool { decision.isUsedAtOnce || isRedeemed }
        private var isRedeemed: Bool { following.contains { if case .redemption = $0 { true } else { false } } }
        public var hasOutcome: Bool { following.contains { if case .outcome = $0 { true } else { false } } }
    }

    /// The decision of an id, from the store.
    ///
    /// - Throws: `gate.decision_unknown`, and `gate.journal_broken` for an event that is not the one of its id.
    public func history(of id: DecisionID) throws -> History {
        guard let record = try journal.decision(id) else {
            throw GateError(.decisionUnknown, "there is no decision `\(id.short)`")
        }
        let event = try Self.event(record)
        // Of each kind, so that many refusals do not hide what else happened.
        let kinds = GateEvent.eventTypes.subtracting([GateDecision.eventType, PolicyActivation.eventType])
        let following = try kinds.flatMap { kind in
            try journal.records(RecordQuery(eventType: kind, session: id.text, after: record.position, limit: 100))
        }.sorted { $0.position < $1.position }
        return History(
            id: id, decision: try GateDecision(event.payload), position: record.position,
            following: try following.map { try GateEvent(Self.event($0).payload) },
            times: following.map { UTCTime(milliseconds: $0.time) })
    }

    /// The event of a stored record, which is the one of its id.
    ///
    /// - Throws: `gate.journal_broken`.
    static func event(_ record: StoredRecord) throws -> BatchEvent {
        let event = try BatchEvent(decoding: record.bytes)
        guard event.hash.utf8.elementsEqual(Hex.encode(record.id).utf8) else {
            throw GateError(.journalBroken, "the event at \(record.position) is not the one that was written")
        }
        return event
    }

    /// The id that begins with `prefix`, among the latest decisions.
    ///
    /// - Throws: `gate.decision_unknown` for none or more than one.
    public func id(_ prefix: String) throws -> DecisionID {
        if let id = try? DecisionID(prefix) { return id }
        let found = try decisions(RecordQuery(limit: 10_000, newestFirst: true)).filter {
            $0.id.text.utf8.starts(with: prefix.utf8)
        }
        guard let first = found.first, found.count == 1, prefix.utf8.count >= 4 else {
            throw GateError(
                .decisionUnknown, "no decision, or more than one, has an id that begins with `\(prefix.prefix(64))`")
        }
        return first.id
    }

    /// Decisions as `query` asks for them; its kind, type and chain are given.
    public func decisions(_ query: RecordQuery) throws -> [Decided] {
        var query = query
        query.eventType = GateDecision.eventType
        return try journal.records(query).map { record in
            Decided(
                id: try DecisionID(record.id), decision: try GateDecision(Self.event(record).payload),
                position: record.position)
        }
    }

    /// The DID of the agent that a name, DID or agent id means.
    ///
    /// - Throws: `node.not_found`.
    public func did(of agent: String) throws -> DID { try directory.agent(agent).identity.did }

    /// Permissions that were used between two moments and of whose action nobody said what came of it.
    ///
    /// - Parameter grace: how long an action may take, in seconds, before it counts.
    public func orphans(since: UTCTime, grace: Int64) throws -> [History] {
        var found: [History] = []
        for type in [GateEvent.Redemption.eventType, GateDecision.eventType] {
            var query = RecordQuery(
                eventType: type, from: since.milliseconds, until: now().advanced(bySeconds: -grace).milliseconds, limit: 1000)
            while true {
                let page = try journal.records(query)
                for record in page {
                    if type == GateDecision.eventType {
                        guard try GateDecision(BatchEvent(decoding: record.bytes).payload).isUsedAtOnce else { continue }
                    }
                    let id = try record.session.map { try DecisionID($0) } ?? DecisionID(record.id)
                    let history = try history(of: id)
                    if !history.hasOutcome { found.append(history) }
                }
                guard page.count == query.limit else { break }
                query.after = page.last?.position
            }
        }
        return found.sorted { $0.position < $1.position }
    }

    /// Decides again from what a decision was decided from, and holds the two verdicts together.
    ///
    /// - Returns: the verdict made now; it equals the one on record unless somebody altered something.
    /// - Throws: `gate.decision_unknown` when the policy's text is not in the store.
    public func replay(_ decision: GateDecision) throws -> Verdict {
        // What the gate said without asking a policy has nothing to be decided from again.
        guard let hash = decision.policy, !Evaluation.ownRules.contains(decision.verdict.rule) else { return decision.verdict }
        guard let activation = try activations().first(where: { $0.hash == hash }) else {
            throw GateError(.decisionUnknown, "the policy `\(Hex.encode(hash.prefix(8)))` is not on record")
        }
        return Evaluation.verdict(of: try policies.policy(activation), on: decision.action, decision.facts)
    }
}
