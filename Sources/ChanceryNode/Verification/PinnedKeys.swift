public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The public documents that a verifier decided to rely on. Every key comes from here, never from what is verified.
public struct PinnedKeys: Sendable {
    public private(set) var histories: [[IdentityDocument]] = []
    public private(set) var agents: [AgentIdentity] = []

    public init() {}

    /// Adds what a file holds: an identity document, a JSON array of them (a history), or an AISS identity document.
    public mutating func add(_ bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 16 << 20, depth: 32))
        if let elements = value.array {
            let history = try IdentityDocument.verify(history: elements.map { try UnverifiedRecord($0) })
            guard !history.isEmpty else { throw WireError(.invalidValue, "the history is empty") }
            histories.append(history)
        } else if value["body"] != nil {
            histories.append([try IdentityDocument.verify(UnverifiedRecord(value))])
        } else {
            agents.append(try AgentIdentity(value))
        }
    }

    /// Adds what the registry of this home knows.
    public mutating func add(_ registry: IdentityRegistry) throws {
        for document in try registry.identities() { histories.append(try registry.history(of: document.did)) }
    }

    /// The document whose AISS keys have this agent id.
    public func document(for agentID: String) -> IdentityDocument? {
        // A text that is no agent id could still look like one to `==`.
        guard let id = try? AgentID(agentID) else { return nil }
        return histories.joined().first { $0.agentID == id || $0.classicalAgentID == id }
    }

    /// The document that replaced `document`, if one is pinned.
    public func successor(of document: IdentityDocument) -> IdentityDocument? {
        histories.joined().first { $0.did == document.did && $0.number == document.number + 1 }
    }

    /// The history that `document` belongs to, first document first.
    func history(of did: DID) -> [IdentityDocument] {
        histories.filter { $0.first?.did == did }.max { $0.count < $1.count } ?? []
    }

    /// The document with this hash.
    public func document(hash: [UInt8]) -> IdentityDocument? { histories.joined().first { $0.hash == hash } }

    /// The AISS view of an agent.
    ///
    /// - Throws: `node.unknown_agent`.
    public func aissIdentity(_ agentID: String) throws -> AgentIdentity {
        if let document = document(for: agentID) {
            return document.agentID.text == agentID ? try document.aissIdentity() : try document.classicalIdentity()
        }
        if let id = try? AgentID(agentID), let agent = agents.first(where: { $0.agentID == id }) { return agent }
        throw NodeError(
            .unknownAgent,
            "no pinned identity has the agent id `\(agentID.prefix(64))`; pass its document with --identity or import it")
    }

    /// Those of `claims` that are pinned, as parties of handshakes and sessions: each under the document that it names, or
    /// under the latest of its identity, whose verification then says what differs.
    public func parties(_ claims: [PartyStatement]) throws -> RecordRegistry {
        var parties: [RecordParty] = []
        for claim in claims where !parties.contains(where: { $0.did == claim.did }) {
            guard let history = histories.last(where: { $0.first?.did == claim.did }),
                let document = history.first(where: { $0.hash == claim.identityHash }) ?? history.last
            else { continue }
            parties.append(try RecordParty(document))
        }
        return try RecordRegistry(parties)
    }
}
