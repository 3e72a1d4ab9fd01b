internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Verifies every chain of a store while its records pass by in log order.
struct ChainAudit {
    private let registry: IdentityRegistry
    private var cursors: [String: ChainCursor] = [:]
    private var batches: [String: BatchProgress] = [:]
    private var states: [String: ChainState] = [:]
    private var unknown: Set<String> = []
    private var sessions: SessionAudit

    private struct BatchProgress {
        var pending: [BatchEvent] = []
        var last: BatchSeal?
        var head: String?
        var count = 0
        var hasEnded = false
        var nonces: Set<String> = []
    }

    init(registry: IdentityRegistry) {
        self.registry = registry
        sessions = SessionAudit(registry: registry)
    }

    var count: Int { states.count }

    /// What is wrong with `record` as a link of its chain.
    mutating func check(_ record: StoredRecord) -> [String] {
        do {
            if EventProfile(rawValue: record.kind) != nil {
                try checkEvent(record)
            } else if record.kind == BatchEvent.version {
                try checkBatchEvent(record)
            } else if record.kind == BatchSeal.type {
                try checkSeal(record)
            } else {
                try checkRecord(record)
            }
            return []
        } catch {
            return ["\(error)"]
        }
    }

    private mutating func checkEvent(_ record: StoredRecord) throws {
        let event = try Event(decoding: record.bytes)
        // Taken out while it changes: with a second owner, every event would copy all nonces of its chain.
        var cursor =
            try cursors.removeValue(forKey: record.agent)
            ?? ChainCursor(
                registry.aissIdentity(record.agent),
                start: anchor(of: record.agent, profile: record.kind).map { .rotation(hash: $0) } ?? .genesis)
        defer { cursors[record.agent] = cursor }
        guard record.sequence == cursor.count else {
            throw NodeError(
                .storeCorrupt, "event \(record.sequence ?? -1) of `\(record.agent)` stands where \(cursor.count) belongs")
        }
        try cursor.append(event)
        if let position = cursor.position {
            states[record.agent] = ChainState(
                count: position.count, head: position.head, timestamp: position.timestamp,
                profile: position.profile.rawValue, hasEnded: position.hasEnded)
        }
    }

    /// The rotation event that `agentID`'s chain must start at, as the records so far tell; nil for its genesis.
    private func anchor(of agentID: String, profile: String) throws -> String? {
        guard case .identity(let document)? = try registry.entry(for: agentID) else { return nil }
        return try ChainAnchor.head(
            before: agentID, profile: profile, of: document, in: registry.history(of: document.did), state: { states[$0] })
    }

    private mutating func checkBatchEvent(_ record: StoredRecord) throws {
        let event = try BatchEvent(decoding: record.bytes)
        // Taken out while it changes, as above.
        var progress = batches.removeValue(forKey: record.agent) ?? BatchProgress()
        defer { batches[record.agent] = progress }
        let expected = progress.count + progress.pending.count
        guard record.sequence == expected else {
            throw NodeError(
                .storeCorrupt, "event \(record.sequence ?? -1) of `\(record.agent)` stands where \(expected) belongs")
        }
        guard !progress.hasEnded else {
            throw LedgerError(.chainEnded, "the chain ended with a key rotation", index: expected)
        }
        guard progress.nonces.insert(event.nonce).inserted else {
            throw LedgerError(.nonceReplayed, "nonce `\(event.nonce)` was used before", index: expected)
        }
        progress.hasEnded = event.eventType == RotationEvent.eventType
        progress.pending.append(event)
    }

    private mutating func checkSeal(_ record: StoredRecord) throws {
        guard case .identity(let document)? = try registry.entry(for: record.agent) else {
            throw NodeError(.unknownAgent, "agent `\(record.agent)` has no identity document in the store")
        }
        let seal = try BatchSeal.verify(UnverifiedRecord(decoding: record.bytes), by: document)
        var progress = batches[record.agent] ?? BatchProgress()
        if progress.last == nil {
            let genesis =
                try anchor(of: record.agent, profile: BatchEvent.version)
                ?? EventProfile.aiss21.genesisHash(of: document.agentID, classicalKey: [])
            guard seal.claims.genesis == genesis else {
                throw LedgerError(.genesisMismatch, "the first seal does not start the chain")
            }
        }
        try seal.requireFollows(progress.last)
        try seal.verify(progress.pending)
        progress.count += progress.pending.count
        let timestamp = progress.pending.last?.timestamp ?? 0
        progress.pending = []
        progress.last = seal
        batches[record.agent] = progress
        states[record.agent] = ChainState(
            count: progress.count, head: seal.claims.head, timestamp: timestamp, profile: BatchEvent.version,
            hasEnded: progress.hasEnded, seals: seal.claims.batch + 1, lastSeal: Hex.encode(seal.id))
    }

    /// Records of identities and agents carry their own verification; others are held to their bytes by the log.
    private mutating func checkRecord(_ record: StoredRecord) throws {
        switch record.kind {
        case IdentityDocument.type:
            let document = try UnverifiedRecord(decoding: record.bytes)
            guard let did = document.body["did"]?.string else { return }
            guard try registry.history(of: DID(did)).contains(where: { $0.hash == document.bodyHash }) else {
                throw LedgerError(.identityInvalid, "the document does not belong to the history of `\(did)`")
            }
        case AgentRecord.type:
            guard case .identity(let document)? = try registry.entry(for: record.agent) else {
                throw NodeError(.unknownAgent, "agent `\(record.agent)` has no identity document in the store")
            }
            _ = try AgentRecord.verify(UnverifiedRecord(decoding: record.bytes), by: document)
        case _ where SessionAudit.kinds.contains(record.kind): try sessions.check(record)
        default: return
        }
    }

    /// What is wrong with the chain table, and with batches that nobody sealed.
    func finish(_ stored: [(agent: String, state: ChainState)]) -> [String] {
        var findings: [String] = []
        for (agent, progress) in batches.sorted(by: { $0.key < $1.key }) where !progress.pending.isEmpty {
            findings.append("chain of `\(agent)`: \(progress.pending.count) events have no seal")
        }
        let states = states.merging(sessions.states) { chain, _ in chain }
        let table = Dictionary(stored.map { ($0.agent, $0.state) }, uniquingKeysWith: { first, _ in first })
        for agent in Set(table.keys).union(states.keys).sorted() where table[agent] != states[agent] {
            findings.append("chain of `\(agent)`: the stored head is not that of its records")
        }
        return findings
    }
}
