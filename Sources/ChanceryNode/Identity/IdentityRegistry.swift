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
    private let known = Mutex<[AgentID: Entry]>([:])
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
        // A text that is no agent id could still look like one to `==`.
        guard let agentID = try? AgentID(agentID) else { return nil }
        if let entry = known.withLock({ $0[agentID] }) { return entry }
        let entry = try find(agentID)
        if let entry { known.withLock { $0[agentID] = entry } }
        return entry
    }

    private func find(_ agentID: AgentID) throws -> Entry? {
        for record in try documents() {
            // Reading the claim is cheap; only the documents of a match are verified.
            guard [record.body["agent_id"]?.string, record.body["classical_agent_id"]?.string].contains(agentID.text),
                let did = record.body["did"]?.string
            else { continue }
            let match = try history(of: DID(did)).first {
                $0.agentID == agentID || $0.classicalAgentID == agentID
            }
            if let match { return .identity(match) }
        }
        for stored in try store.records(RecordQuery(agent: agentID.text, kind: AgentIdentityRecord.kind, limit: 2)) {
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
    /// - Throws: `ledger.identity_forked` when a different document with the same number is known (rule K3),
    ///   `ledger.registry_conflict` when one of the keys belongs to another DID (rule K2).
    @discardableResult
    public func register(_ documents: [IdentityDocument]) throws -> Int {
        guard let did = documents.first?.did else { return 0 }
        return try StoreConflict.retrying { try add(documents, of: did, to: RegistryState(store)) }
    }

    /// Checks that the keys of `identity` are the latest that the registry knows.
    ///
    /// - Throws: `node.rejected` when they were replaced, here or in a copy of the home.
    func requireCurrent(_ identity: OpenIdentity) throws {
        guard let latest = try history(of: identity.document.did).last, latest.number > identity.document.number else { return }
        throw NodeError(
            .rejected,
            "document \(latest.number) replaced the keys of `\(identity.name)`; open the identity again, or use the home that rotated them"
        )
    }

    private func add(_ documents: [IdentityDocument], of did: DID, to seen: RegistryState) throws -> Int {
        let present = try history(of: did)
        for (mine, theirs) in zip(present, documents) where mine.hash != theirs.hash {
            throw LedgerError(.identityForked, "another document \(mine.number) of `\(did)` is registered")
        }
        let missing = documents.dropFirst(present.count)
        guard !missing.isEmpty else { return 0 }
        try requireUnclaimed(missing)
        let records = try missing.map { try NewRecord($0.record) }
        _ = try store.append(records, moving: seen.adding(records))
        return missing.count
    }

    /// Checks that no key of `identities` belongs to another DID: the registry maps a key to exactly one (rule K2).
    ///
    /// - Throws: `ledger.registry_conflict`.
    func requireUnclaimed(_ identities: some Sequence<IdentityDocument>) throws {
        var owners: [[UInt8]: DID] = [:]
        for document in try documents() {
            guard let did = document.body["did"]?.string else { continue }
            for key in Self.keys(of: document.body) { owners[key] = try DID(did) }
        }
        for identity in identities {
            for key in Self.keys(of: identity.record.body) {
                guard let owner = owners[key], owner != identity.did else { continue }
                throw LedgerError(.registryConflict, "a key of `\(identity.name)` belongs to `\(owner)` already")
            }
        }
    }

    /// Every public key that a document lists, its parts too: a hybrid key is two keys.
    static func keys(of body: JSONObject) -> [[UInt8]] {
        var keys = [body["agent_id"], body["classical_agent_id"]].compactMap { ($0?.string).map { Array($0.utf8) } }
        for entry in (body["keys"]?.array ?? []) + [body["sealing"] ?? .null] {
            guard let text = entry["key"]?.string, let bytes = try? Base64.url.decode(text) else { continue }
            keys.append(bytes)
            guard let name = entry["suite"]?.string, let suite = SignatureSuite(rawValue: name) else { continue }
            var rest = bytes[...]
            for algorithm in suite.algorithms {
                keys.append(Array(rest.prefix(algorithm.publicKeyBytes)))
                rest = rest.dropFirst(algorithm.publicKeyBytes)
            }
        }
        return keys
    }

    /// Accepts an AISS identity document that the caller vouches for; false when it was known.
    @discardableResult
    public func register(_ identity: AgentIdentity) throws -> Bool {
        if try entry(for: identity.agentID.text) != nil { return false }
        _ = try store.append([AgentIdentityRecord.record(identity, identity.encoded())], moving: [])
        return true
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

    /// The agent that one of its names, its DID or one of its agent ids means.
    ///
    /// - Throws: `node.not_found` when there is none.
    public func agent(called name: String) throws -> (agent: AgentRecord, identity: IdentityDocument) {
        for identity in try identities() {
            let ids = [identity.name, identity.agentID.text, identity.classicalAgentID.text, identity.did.text]
            if ids.contains(where: { $0.utf8.elementsEqual(name.utf8) }), let agent = try agent(of: identity) {
                return (agent, identity)
            }
        }
        throw NodeError(.notFound, "there is no agent `\(name)`")
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
