internal import ChanceryGate
public import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
public import ChanceryVigil
public import ChanceryWire
internal import Synchronization

/// Watches the agents of a home: what the log holds of each, and what it has to answer for.
///
/// Asking changes nothing: every number follows from the records of the log and the moment asked about.
public final class VigilDesk: Sendable {
    private struct Watched {
        var watch: AgentWatch
        /// How far each of the agent's ids was read.
        var positions: [String: UInt64] = [:]
        /// How many charges were taken.
        var charged = 0

        /// Takes the next of the charges that are due.
        mutating func take(_ due: inout ArraySlice<ChargeBook.Charge>) {
            let charge = due.removeFirst()
            watch.charge(charge.violation, at: charge.time, evidence: charge.evidence)
            charged += 1
        }
    }

    private struct Held {
        var agents: [String: Watched] = [:]
        var charges = ChargeBook()
    }

    /// What an answer follows from: the records that were there, and the second.
    private struct Moment: Equatable {
        let records: UInt64
        let second: Int64
    }

    /// Answers of one moment.
    private struct Answers {
        var moment: Moment?
        var risks: [String: AgentRisk] = [:]
    }

    public let profile: VigilProfile
    private let store: any RecordStore & RecordIndex
    private let registry: IdentityRegistry
    private let now: @Sendable () -> UTCTime
    private let held = Mutex(Held())
    private let answers = Mutex(Answers())

    public init(
        store: any RecordStore & RecordIndex, registry: IdentityRegistry, profile: VigilProfile = .standard,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.store = store
        self.registry = registry
        self.profile = profile
        self.now = now
    }

    /// How an agent stands now, or at another moment from what is known now.
    public func assessment(of did: DID, at time: UTCTime? = nil) throws -> Assessment {
        let documents = try registry.history(of: did)
        return try held.withLock { held in
            try held.charges.advance(store, registry)
            let watch = try watch(documents, &held)
            let peers = try watch.recentPeers.compactMap { id -> AgentWatch? in
                guard case .identity(let peer) = try registry.entry(for: id), peer.did != did else { return nil }
                return try self.watch(registry.history(of: peer.did), &held)
            }
            return watch.assessment(at: (time ?? now()).seconds, peers: peers)
        }
    }

    private func watch(_ documents: [IdentityDocument], _ held: inout Held) throws -> AgentWatch {
        guard let did = documents.last?.did.text else { throw NodeError(.notFound, "nobody has this DID") }
        var watched = held.agents[did] ?? Watched(watch: AgentWatch(agent: did, profile: profile))
        // Taken out: what failed half-way is read anew next time.
        held.agents[did] = nil
        try Self.advance(&watched, documents, store, held.charges)
        held.agents[did] = watched
        return watched.watch
    }

    /// How every registered agent stands, by name.
    public func assessments(at time: UTCTime? = nil) throws -> [(name: String, assessment: Assessment)] {
        try registry.identities().compactMap { identity in
            guard let agent = try registry.agent(of: identity) else { return nil }
            return (agent.name, try assessment(of: identity.did, at: time))
        }.sorted { $0.name < $1.name }
    }

    private static func advance(
        _ watched: inout Watched, _ documents: [IdentityDocument], _ store: any RecordStore & RecordIndex, _ charges: ChargeBook
    ) throws {
        var fresh: [StoredRecord] = []
        for id in documents.flatMap({ [$0.agentID.text, $0.classicalAgentID.text] }) {
            var query = RecordQuery(agent: id, after: watched.positions[id], limit: 1000)
            while true {
                let page = try store.records(query)
                fresh += page
                watched.positions[id] = page.last?.position ?? watched.positions[id]
                guard page.count == query.limit else { break }
                query.after = page.last?.position
            }
        }
        // In the order of the log, so that every process comes to the same numbers.
        var due = charges.charges(of: documents.last?.did.text ?? "", after: watched.charged)
        for record in fresh.sorted(by: { $0.position < $1.position }) {
            while let charge = due.first, charge.position < record.position { watched.take(&due) }
            do {
                guard try record.isIntact else { throw NodeError(.storeCorrupt, "record \(record.position) was altered") }
                if let event = try ObservedEvent(record, store) { watched.watch.observe(event) }
            } catch let error as NodeError where error.reason != .storeCorrupt {
                throw error
            } catch {
                // What was accepted could be read: the store has to answer for it, and no number can be trusted any more.
                watched.watch.charge(.tamperedStore, at: record.time / 1000, evidence: "\(record.position)")
            }
        }
        while !due.isEmpty { watched.take(&due) }
    }
}

extension VigilDesk: RiskSource {
    /// As the protocol promises; asked again while nothing was stored and no second passed, it gives the same answer at once.
    public func risk(of agent: DID) throws -> AgentRisk {
        // Before the look around, so that an answer never covers less than its moment.
        let moment = Moment(records: try store.frontier().size, second: now().seconds)
        if let known = answers.withLock({ $0.moment == moment ? $0.risks[agent.text] : nil }) { return known }
        let risk = AgentRisk(try assessment(of: agent, at: UTCTime(seconds: moment.second)))
        answers.withLock { answers in
            if answers.moment != moment { answers = Answers(moment: moment) }
            answers.risks[agent.text] = risk
        }
        return risk
    }
}

extension AgentRisk {
    init(_ assessment: Assessment) {
        self.init(
            risk: assessment.risk.map { ExactDecimal($0.value, scale: 6) },
            stability: assessment.risk == nil ? nil : Stability(rawValue: assessment.stability.rawValue),
            collusion: ExactDecimal(assessment.collusion.value, scale: 6),
            trust: assessment.trust.map { ExactDecimal($0.value, scale: 6) }, engine: assessment.engine)
    }
}

extension StoredRecord {
    /// Whether the bytes are those that were accepted: their hash is a leaf of the log.
    var isIntact: Bool {
        get throws { try LogEntry(type: kind, id: id, envelope: bytes).leafHash == leaf }
    }
}
