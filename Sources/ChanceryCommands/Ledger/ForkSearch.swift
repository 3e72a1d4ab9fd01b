internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// Finds what agents signed twice. Only what their keys vouch for counts: anybody can write an event in another's name.
struct ForkSearch {
    /// Two or more signed things that exclude each other.
    struct Finding {
        let agent: String
        /// What they all continue, in words.
        let place: String
        /// Hashes of events or ids of seals, with the type of the event.
        let members: [(hash: String, eventType: String?)]
    }

    private struct Known {
        let hash: String
        let previous: String?
        let eventType: String?
    }

    private let keys: PinnedKeys
    private var events: [String: [Known]] = [:]
    private var seals: [String: [BatchSeal]] = [:]
    private var seen: Set<[UInt8]> = []
    /// Events and seals that were looked at, each once.
    private(set) var count = 0

    init(keys: PinnedKeys) { self.keys = keys }

    /// Adds events whose signatures hold.
    ///
    /// - Throws: `node.unknown_agent`, `ledger.event_signature_invalid`, `ledger.profile_not_allowed`.
    mutating func add(_ list: [Event]) throws {
        for (agent, own) in Dictionary(grouping: list.enumerated(), by: { $0.element.agentID.text }) {
            let identity = try keys.aissIdentity(agent)
            _ = try Parallel.map(own, chunk: 8) { (_, entry) throws in
                try Self.require(entry.element, of: identity, at: entry.offset)
            }
            for event in own.map(\.element) where seen.insert(Array(event.hash.utf8)).inserted {
                events[agent, default: []].append(
                    Known(hash: event.hash, previous: event.previousHash, eventType: event.eventType))
                count += 1
            }
        }
    }

    /// Adds seals whose signatures hold.
    mutating func add(_ records: [UnverifiedRecord]) throws {
        for record in records {
            let agent = record.body["agent_id"]?.string ?? ""
            guard let identity = keys.document(for: agent) else {
                throw NodeError(.unknownAgent, "no pinned identity has the agent id `\(agent.prefix(64))` of a seal")
            }
            let seal = try BatchSeal.verify(record, by: identity)
            guard seen.insert(seal.id).inserted else { continue }
            seals[agent, default: []].append(seal)
            count += 1
        }
    }

    private static func require(_ event: Event, of identity: AgentIdentity, at index: Int) throws {
        guard identity.allows(event.profile) else {
            throw LedgerError(.profileNotAllowed, "the identity allows no \(event.profile.rawValue) events", index: index)
        }
        try identity.keys.verify(event)
    }

    /// Everything that excludes each other, by agent.
    var findings: [Finding] {
        Set(events.keys).union(seals.keys).sorted().flatMap { agent in
            forks(of: agent, events[agent] ?? []) + contradictions(of: agent, seals[agent] ?? []) + mixture(of: agent)
        }
    }

    /// An agent that signs events and seals under one id has two chains: a chain keeps its first profile (rule L3).
    private func mixture(of agent: String) -> [Finding] {
        guard let event = events[agent]?.first, let seal = seals[agent]?.first else { return [] }
        return [
            Finding(
                agent: agent, place: "profiles of one chain",
                members: [(event.hash, event.eventType), (Hex.encode(seal.id), nil)])
        ]
    }

    private func forks(of agent: String, _ events: [Known]) -> [Finding] {
        let groups = Dictionary(grouping: events.filter { $0.previous != nil }) { Array(($0.previous ?? "").utf8) }
        return groups.values.filter { $0.count > 1 }.sorted { ($0[0].previous ?? "") < ($1[0].previous ?? "") }.map { group in
            Finding(
                agent: agent, place: "after \(group[0].previous ?? "")", members: group.map { ($0.hash, $0.eventType) })
        }
    }

    /// Seals in the order of their positions: one that begins before an earlier one ends contradicts it.
    private func contradictions(of agent: String, _ seals: [BatchSeal]) -> [Finding] {
        let ordered = seals.sorted {
            ($0.claims.firstSequence, $0.claims.batch) < ($1.claims.firstSequence, $1.claims.batch)
        }
        var findings: [Finding] = []
        var byBatch: [Int: BatchSeal] = [:]
        var widest: BatchSeal?
        for seal in ordered {
            if let other = [widest, byBatch[seal.claims.batch]].compactMap(\.self).first(where: { $0.contradicts(seal) }) {
                findings.append(
                    Finding(
                        agent: agent, place: "seals \(other.claims.batch) and \(seal.claims.batch)",
                        members: [(Hex.encode(other.id), nil), (Hex.encode(seal.id), nil)]))
            }
            byBatch[seal.claims.batch] = seal
            if Self.end(seal) > widest.map(Self.end) ?? -1 { widest = seal }
        }
        return findings
    }

    private static func end(_ seal: BatchSeal) -> Int { seal.claims.firstSequence + seal.claims.count }
}
