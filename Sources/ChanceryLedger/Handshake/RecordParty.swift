public import ChancerySuite
internal import ChanceryWire

/// Somebody who signs records, as a pinned identity document describes them: the caller's knowledge, never the peer's claim.
public struct RecordParty: Sendable, Equatable {
    public let did: DID
    /// AISS ids of the same agent, ascending; 1 to 4.
    public let agentIDs: [String]
    /// The hash of the identity document that the caller pinned (rule K2).
    public let identityHash: [UInt8]
    /// The document's key for records.
    public let key: VerifyingKey<Purpose.Record>

    /// - Throws: `ledger.handshake_malformed` for ids that are not Base58 of 32 characters, are repeated or too many, and
    ///   for a hash that has not 32 bytes.
    public init(
        did: DID, agentIDs: [String], identityHash: [UInt8], key: VerifyingKey<Purpose.Record>
    ) throws(LedgerError) {
        let sorted = agentIDs.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard PartyStatement.areAgentIDs(sorted), identityHash.count == 32 else {
            throw LedgerError(.handshakeMalformed, "an agent id or the identity document hash has the wrong form")
        }
        self.did = did
        self.agentIDs = sorted
        self.identityHash = identityHash
        self.key = key
    }

    /// The identity as `document` describes it, which the caller pinned.
    public init(_ document: IdentityDocument) throws(LedgerError) {
        try self.init(
            did: document.did, agentIDs: [document.agentID.text, document.classicalAgentID.text],
            identityHash: document.hash, key: document.recordKey)
    }

    /// What records say of this party.
    public var statement: PartyStatement {
        PartyStatement(did: did, agentIDs: agentIDs, identityHash: identityHash, keyID: key.id, suite: key.suite)
    }
}

/// What a record says of one of its parties. It proves nothing before it was compared with a ``RecordParty``.
public struct PartyStatement: Sendable, Equatable {
    public let did: DID
    public let agentIDs: [String]
    public let identityHash: [UInt8]
    /// ``VerifyingKey/id``, which commits to suite and key.
    public let keyID: [UInt8]
    public let suite: SignatureSuite

    init(did: DID, agentIDs: [String], identityHash: [UInt8], keyID: [UInt8], suite: SignatureSuite) {
        self.did = did
        self.agentIDs = agentIDs
        self.identityHash = identityHash
        self.keyID = keyID
        self.suite = suite
    }

    init(_ value: JSONValue) throws(WireError) {
        var reader = try RecordReader(value, "party")
        did = try DID(reader.string("did", limit: 80))
        var ids: [String] = []
        for element in try reader.array("agent_ids", limit: 4) {
            guard let id = element.string else { throw WireError(.wrongType, "an agent id must be a string") }
            ids.append(id)
        }
        guard Self.areAgentIDs(ids) else { throw WireError(.invalidValue, "agent ids must be 1 to 4, Base58 and ascending") }
        agentIDs = ids
        identityHash = try reader.hex("identity", count: 32)
        keyID = try reader.bytes("key", count: 32)
        guard let suite = SignatureSuite(rawValue: try reader.string("suite", limit: 64)) else {
            throw WireError(.invalidValue, "the suite of a party is unknown")
        }
        self.suite = suite
        try reader.finish()
    }

    var json: JSONValue {
        [
            "did": .string(did.text), "agent_ids": .array(agentIDs.map { .string($0) }),
            "identity": .string(Hex.encode(identityHash)), "key": .string(Base64.url.encode(keyID)),
            "suite": .string(suite.rawValue),
        ]
    }

    /// Whether `ids` are 1 to 4 AISS ids in ascending order, each once.
    static func areAgentIDs(_ ids: [String]) -> Bool {
        (1...4).contains(ids.count)
            && ids.allSatisfy { $0.utf8.count == 32 && (try? Base58.decode($0)) != nil }
            && zip(ids, ids.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The statement, if it is what the caller knows of `party`.
    func require(_ party: RecordParty, _ role: String) throws(LedgerError) {
        guard self == party.statement else {
            throw LedgerError(
                .handshakeUnknownParty, "what the record says of the \(role) is not what its identity document says")
        }
    }
}

/// The parties a verifier knows. A key belongs to exactly one identity (rule K2).
public struct RecordRegistry: Sendable {
    private let parties: [DID: RecordParty]

    /// - Throws: `ledger.registry_conflict` when an identity or a key appears twice.
    public init(_ known: [RecordParty]) throws(LedgerError) {
        var parties: [DID: RecordParty] = [:]
        var keys: Set<[UInt8]> = []
        for (index, party) in known.enumerated() {
            guard parties.updateValue(party, forKey: party.did) == nil, keys.insert(party.key.id).inserted else {
                throw LedgerError(.registryConflict, "an identity or a key stands in the registry twice", index: index)
            }
        }
        self.parties = parties
    }

    public subscript(did: DID) -> RecordParty? { parties[did] }
}
