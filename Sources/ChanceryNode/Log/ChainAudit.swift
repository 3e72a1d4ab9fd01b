internal import ChanceryGate
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
    private var governance = GovernanceAudit()

    private struct BatchProgress {
        /// Nil before the first seal.
        var cursor: BatchCursor?
        /// Events that wait for their seal.
        var pending: [BatchEvent] = []
        var count: Int { (cursor?.count ?? 0) + pending.count }
    }

    init(registry: IdentityRegistry) {
        self.registry = registry
        sessions = SessionAudit(registry: registry)
    }

    var count: Int { states.count }

    /// One DID for each key (rule K2), and what the registry's row must say.
    private var owners: [[UInt8]: [UInt8]] = [:]
    private var counted = RegistryState()
    /// Whose answers the log may hold.
    private var approvers: [String: Approver] = [:]

    /// What is wrong with `record` as a link of its chain.
    mutating func check(_ record: StoredRecord) -> [String] {
        do {
            if RegistryState.counts(record.kind) { counted.add(record.id) }
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
        guard cursors[record.agent] == nil else { throw mixed(record.agent) }
        let expected = batches[record.agent]?.count ?? 0
        guard record.sequence == expected else {
            throw NodeError(
                .storeCorrupt, "event \(record.sequence ?? -1) of `\(record.agent)` stands where \(expected) belongs")
        }
        batches[record.agent, default: BatchProgress()].pending.append(event)
    }

    private mutating func checkSeal(_ record: StoredRecord) throws {
        guard case .identity(let document)? = try registry.entry(for: record.agent) else {
            throw NodeError(.unknownAgent, "agent `\(record.agent)` has no identity document in the store")
        }
        let seal = try BatchSeal.verify(UnverifiedRecord(decoding: record.bytes), by: document)
        guard cursors[record.agent] == nil else { throw mixed(record.agent) }
        // Taken out while it changes, as above.
        var progress = batches.removeValue(forKey: record.agent) ?? BatchProgress()
        var cursor =
            try progress.cursor.take()
            ?? BatchCursor(
                document,
                start: anchor(of: record.agent, profile: BatchEvent.version).map { .rotation(hash: $0) } ?? .genesis)
        // Whether the seal fits or not: its events are done with.
        defer { batches[record.agent] = BatchProgress(cursor: cursor) }
        try cursor.append(seal, progress.pending)
        states[record.agent] = cursor.state
    }

    /// A chain keeps its first profile (rule L3).
    private func mixed(_ agent: String) -> NodeError {
        NodeError(.profileFixed, "the chain of `\(agent)` has events of another profile")
    }

    /// Everything that is signed is verified again; what a store says itself is signed by nobody.
    private mutating func checkRecord(_ record: StoredRecord) throws {
        switch record.kind {
        case Approver.kind:
            let approver = try Approver(statement: record.bytes)
            approvers[approver.id] = approver
        case Approval.type: _ = try Approval.verify(record.bytes) { approvers[$0] }
        case AgentIdentityRecord.kind,
            _ where StoreStatement.kinds.contains(record.kind):
            return
        case IdentityDocument.type:
            let document = try UnverifiedRecord(decoding: record.bytes)
            // A second copy of a document carries the same signatures; the history was verified with the first.
            guard try history(document.body).contains(where: { $0.record.bytes == record.bytes }) else {
                throw LedgerError(.identityInvalid, "the document does not belong to the history of its DID")
            }
            let did = Array((document.body["did"]?.string ?? "").utf8)
            for key in IdentityRegistry.keys(of: document.body) {
                guard owners.updateValue(did, forKey: key) ?? did == did else {
                    throw LedgerError(.registryConflict, "a key of the document belongs to another identity too")
                }
            }
        case AgentRecord.type:
            let statement = try UnverifiedRecord(decoding: record.bytes)
            _ = try AgentRecord.verify(statement, by: signer(of: statement))
        case ChainHead.type:
            let statement = try UnverifiedRecord(decoding: record.bytes)
            _ = try ChainHead.verify(statement, by: signer(of: statement))
        case _ where SessionAudit.kinds.contains(record.kind): try sessions.check(record)
        case _ where GovernanceAudit.kinds.contains(record.kind): try governance.check(record)
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
        var states = states.merging(sessions.states) { chain, _ in chain }.merging(governance.states) { chain, _ in chain }
        states[RegistryState.chain] = counted.state
        let table = Dictionary(stored.map { ($0.agent, $0.state) }, uniquingKeysWith: { first, _ in first })
        for agent in Set(table.keys).union(states.keys).sorted() where (table[agent] ?? nil) != states[agent] {
            findings.append("chain of `\(agent)`: the stored head is not that of its records")
        }
        return findings
    }
}
