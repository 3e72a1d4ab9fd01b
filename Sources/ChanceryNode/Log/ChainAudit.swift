internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Verifies every chain of a store while its records pass by in log order.
struct ChainAudit {
    private let registry: IdentityRegistry
    private var cursors: [String: ChainCursor] = [:]
    private var batches: [String: BatchProgress] = [:]
    private var states: [String: ChainState] = [:]
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
        guard batches[record.agent] == nil else { throw mixed(record.agent) }
        var cursor =
            try cursors[record.agent]
            ?? ChainCursor(
                registry.aissIdentity(record.agent),
                start: anchor(of: record.agent, profile: record.kind).map { .rotation(hash: $0) } ?? .genesis)
        guard record.sequence == cursor.count else {
            throw NodeError(
                .storeCorrupt, "event \(record.sequence ?? -1) of `\(record.agent)` stands where \(cursor.count) belongs")
        }
        try cursor.append(event)
        cursors[record.agent] = cursor
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
        guard cursors[record.agent] == nil else { throw mixed(record.agent) }
        var progress = batches[record.agent] ?? BatchProgress()
        let expected = progress.count + progress.pending.count
        guard record.sequence == expected else {
            throw NodeError(
                .storeCorrupt, "event \(record.sequence ?? -1) of `\(record.agent)` stands where \(expected) belongs")
        }
        guard progress.nonces.insert(event.nonce).inserted else {
            throw LedgerError(.nonceReplayed, "nonce `\(event.nonce)` was used before", index: expected)
        }
        guard !progress.hasEnded else {
            throw LedgerError(.chainEnded, "the chain ended with a key rotation", index: expected)
        }
        progress.hasEnded = event.eventType == RotationEvent.eventType
        progress.pending.append(event)
        batches[record.agent] = progress
    }

    private mutating func checkSeal(_ record: StoredRecord) throws {
        guard case .identity(let document)? = try registry.entry(for: record.agent) else {
            throw NodeError(.unknownAgent, "agent `\(record.agent)` has no identity document in the store")
        }
        let seal = try BatchSeal.verify(UnverifiedRecord(decoding: record.bytes), by: document)
        guard cursors[record.agent] == nil else { throw mixed(record.agent) }
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

    /// A chain keeps its first profile (rule L3).
    private func mixed(_ agent: String) -> NodeError {
        NodeError(.profileFixed, "the chain of `\(agent)` has events of another profile")
    }

    /// Everything that is signed is verified again; what a store says itself is signed by nobody.
    private mutating func checkRecord(_ record: StoredRecord) throws {
        switch record.kind {
        case AgentIdentityRecord.kind,
            _ where StoreStatement.kinds.contains(record.kind):
            return
        case IdentityDocument.type:
            let document = try UnverifiedRecord(decoding: record.bytes)
            // A second copy of a document carries the same signatures; the history was verified with the first.
            guard try history(document.body).contains(where: { $0.record.bytes == record.bytes }) else {
                throw LedgerError(.identityInvalid, "the document does not belong to the history of its DID")
            }
        case AgentRecord.type:
            let statement = try UnverifiedRecord(decoding: record.bytes)
            _ = try AgentRecord.verify(statement, by: signer(of: statement))
        case ChainHead.type:
            let statement = try UnverifiedRecord(decoding: record.bytes)
            _ = try ChainHead.verify(statement, by: signer(of: statement))
        case _ where SessionAudit.kinds.contains(record.kind): try sessions.check(record)
        default:
            let statement = try UnverifiedRecord(decoding: record.bytes)
            _ = try statement.verify(type: record.kind, by: signer(of: statement).recordKey)
        }
    }

    private func history(_ body: JSONObject) throws -> [IdentityDocument] {
        guard let did = body["did"]?.string else { throw LedgerError(.identityInvalid, "the record names no DID") }
        return try registry.history(of: DID(did))
    }

    /// The document whose record key must have signed `statement`: the one whose hash its body names.
    private func signer(of statement: UnverifiedRecord) throws -> IdentityDocument {
        guard let hex = statement.body["identity"]?.string, let hash = try? Hex.decode(hex, count: 32) else {
            throw LedgerError(.identityInvalid, "the record names no identity document")
        }
        guard let document = try history(statement.body).first(where: { $0.hash == hash }) else {
            throw NodeError(.unknownAgent, "the identity document that the record names is not in the store")
        }
        return document
    }

    /// What is wrong with the chain table, and with batches that nobody sealed.
    ///
    /// In `stored` nil stands for a row that cannot be read.
    func finish(_ stored: [(agent: String, state: ChainState?)]) -> [String] {
        var findings: [String] = []
        for (agent, progress) in batches.sorted(by: { $0.key < $1.key }) where !progress.pending.isEmpty {
            findings.append("chain of `\(agent)`: \(progress.pending.count) events have no seal")
        }
        let states = states.merging(sessions.states) { chain, _ in chain }
        let table = Dictionary(stored.map { ($0.agent, $0.state) }, uniquingKeysWith: { first, _ in first })
        for agent in Set(table.keys).union(states.keys).sorted() where (table[agent] ?? nil) != states[agent] {
            findings.append("chain of `\(agent)`: the stored head is not that of its records")
        }
        return findings
    }
}
