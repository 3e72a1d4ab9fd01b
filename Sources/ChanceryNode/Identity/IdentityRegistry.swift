public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire
internal import Synchronization

/// Whose keys verify what: the identity documents that were accepted into the store.
///
/// Verification takes its keys from here or from a document that the caller pinned, never from the object itself.
public final class IdentityRegistry: Sendable {
    /// Who an agent id belongs to.
    public enum Entry: Sendable {
        /// An identity of ours, with the document whose AISS keys have this id.
        case identity(IdentityDocument)
        /// An AISS agent without a DID.
        case agent(AgentIdentity)
    }

    private let store: any RecordStore & RecordIndex
    private let known = Mutex<[String: Entry]>([:])
    private let cache = Mutex(Cache())

    /// What was read before: the store only grows, so only what came since is read again.
    private struct Cache {
        var documents: [UnverifiedRecord] = []
        /// Two processes may have stored the same document; it counts once.
        var hashes: Set<[UInt8]> = []
        var lastPosition: UInt64?
        /// Verified histories by DID.
        var histories: [String: [IdentityDocument]] = [:]
    }

    public init(store: any RecordStore & RecordIndex) { self.store = store }

    /// The documents of `did`, first document first, verified from the first on.
    public func history(of did: DID) throws -> [IdentityDocument] {
        let records = try documents().filter { $0.body["did"]?.string == did.text }
        if let verified = cache.withLock({ $0.histories[did.text] }), verified.count == records.count { return verified }
        let verified = try IdentityDocument.verify(history: records)
        cache.withLock { $0.histories[did.text] = verified }
        return verified
    }

    /// Who `agentID` is; nil when nobody registered it.
    public func entry(for agentID: String) throws -> Entry? {
        if let entry = known.withLock({ $0[agentID] }) { return entry }
        let entry = try find(agentID)
        if let entry { known.withLock { $0[agentID] = entry } }
        return entry
    }

    private func find(_ agentID: String) throws -> Entry? {
        for record in try documents() {
            // Reading the claim is cheap; only the documents of a match are verified.
            guard record.body["agent_id"]?.string == agentID || record.body["classical_agent_id"]?.string == agentID,
                let did = record.body["did"]?.string
            else { continue }
            let match = try history(of: DID(did)).first {
                $0.agentID.text == agentID || $0.classicalAgentID.text == agentID
            }
            if let match { return .identity(match) }
        }
        for stored in try store.records(RecordQuery(agent: agentID, kind: AgentIdentityRecord.kind, limit: 2)) {
            return .agent(try AgentIdentity(decoding: stored.bytes))
        }
        return nil
    }

    /// The AISS view of `agentID`, which verifies its events.
    ///
    /// - Throws: `node.unknown_agent`.
    public func aissIdentity(_ agentID: String) throws -> AgentIdentity {
        switch try entry(for: agentID) {
        case .agent(let identity): return identity
        case .identity(let document):
            return document.agentID.text == agentID ? try document.aissIdentity() : try document.classicalIdentity()
        case nil:
            throw NodeError(.unknownAgent, "agent `\(agentID)` is not registered; import its identity document first")
        }
    }

    /// Every identity, by its latest document.
    public func identities() throws -> [IdentityDocument] {
        var histories: [String: [UnverifiedRecord]] = [:]
        var order: [String] = []
        for record in try documents() {
            guard let did = record.body["did"]?.string else { continue }
            if histories[did] == nil { order.append(did) }
            histories[did, default: []].append(record)
        }
        return try order.compactMap { try IdentityDocument.verify(history: histories[$0] ?? []).last }
    }

    /// Accepts the documents of an identity, first document first; those already known are skipped.
    ///
    /// - Throws: `ledger.identity_forked` when a different document with the same number is known (rule K3).
    @discardableResult
    public func register(_ documents: [IdentityDocument]) throws -> Int {
        guard let did = documents.first?.did else { return 0 }
        let present = try history(of: did)
        for (mine, theirs) in zip(present, documents) where mine.hash != theirs.hash {
            throw LedgerError(.identityForked, "another document \(mine.number) of `\(did)` is registered")
        }
        let missing = documents.dropFirst(present.count)
        guard !missing.isEmpty else { return 0 }
        _ = try store.append(missing.map { try NewRecord($0.record) }, moving: [])
        return missing.count
    }

    /// Accepts an AISS identity document that the caller vouches for.
    public func register(_ identity: AgentIdentity) throws {
        if try entry(for: identity.agentID.text) != nil { return }
        _ = try store.append([AgentIdentityRecord.record(identity, identity.encoded())], moving: [])
    }

    /// The latest record about the agent that acts under `identity`; nil when it was never registered.
    public func agent(of identity: IdentityDocument) throws -> AgentRecord? {
        let documents = try history(of: identity.did)
        let records = try documents.flatMap {
            try store.records(RecordQuery(agent: $0.agentID.text, kind: AgentRecord.type, limit: 1, newestFirst: true))
        }
        guard let latest = records.max(by: { $0.position < $1.position }) else { return nil }
        let record = try UnverifiedRecord(decoding: latest.bytes)
        guard let document = documents.first(where: { Hex.encode($0.hash) == record.body["identity"]?.string }) else {
            throw NodeError(.storeCorrupt, "an agent record names an unknown identity document")
        }
        return try AgentRecord.verify(record, by: document)
    }

    /// Every identity document in the store, as read and not verified.
    private func documents() throws -> [UnverifiedRecord] {
        try cache.withLock { cache in
            var query = RecordQuery(kind: IdentityDocument.type, after: cache.lastPosition, limit: 10_000)
            while true {
                let page = try store.records(query)
                let read = try page.map { try UnverifiedRecord(decoding: $0.bytes) }
                cache.documents += read.filter { cache.hashes.insert($0.bodyHash).inserted }
                cache.lastPosition = page.last?.position ?? cache.lastPosition
                guard page.count == query.limit else { return cache.documents }
                query.after = cache.lastPosition
            }
        }
    }
}
