public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// One agent's whole chain in one file, signed over its whole content.
///
/// `{"content":{"agent","events","identity","seals","type"},"signature":{…}}`. Events are kept as texts, byte for byte,
/// because their canonical form is their own. Documented in `docs/spec/export.md`.
public struct ChainExport: Sendable {
    public static let contentType = "chancery/export-content/v1"
    public static let signatureType = "chancery/export/v1"

    public let content: JSONObject
    public let signature: UnverifiedRecord

    package static func make(
        identity: OpenIdentity, history: [IdentityDocument], agent: AgentRecord?, agentID: String, state: ChainState,
        events: [[UInt8]], seals: [[UInt8]], time: UTCTime
    ) throws -> (bytes: [UInt8], signature: VerifiedRecord) {
        let content: JSONValue = [
            "agent": try agent.map { try JSONParser.parse($0.record.bytes) } ?? .null,
            "events": .array(events.map { .string(String(decoding: $0, as: UTF8.self)) }),
            "identity": .array(try history.map { try JSONParser.parse($0.record.bytes) }),
            "seals": .array(try seals.map { try JSONParser.parse($0) }), "type": .string(contentType),
        ]
        let body: JSONValue = [
            "agent_id": .string(agentID), "content": .string(Hex.encode(Digest.sha256(try CanonicalForm.jcs.encode(content)))),
            "count": .integer(Int64(state.count)), "did": .string(identity.document.did.text), "head": .string(state.head),
            "identity": .string(Hex.encode(identity.document.hash)), "profile": .string(state.profile),
            "salt": .string(Base64.url.encode(SystemRandom.bytes(16))), "time": .string(time.text),
        ]
        let signature = try VerifiedRecord.sign(body.object ?? JSONObject(), type: signatureType, by: identity.keys.record)
        let bytes = try CanonicalForm.jcs.encode(["content": content, "signature": try JSONParser.parse(signature.bytes)])
        return (bytes, signature)
    }

    /// Reads an export; nothing is verified yet.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "export")
        content = try reader.object("content")
        signature = try UnverifiedRecord(reader.value("signature"))
        try reader.finish()
        guard content["type"]?.string == Self.contentType else { throw WireError(.invalidValue, "not an export") }
    }

    /// The agent id that the signature names: whose key is to be looked up.
    public var claimedAgentID: String? { signature.body["agent_id"]?.string }

    /// The identity documents that travel with the export. They vouch for nothing by themselves.
    public func documents() throws -> [IdentityDocument] {
        var reader = RecordReader(content, "export content")
        return try IdentityDocument.verify(history: reader.array("identity", limit: 4096).map { try UnverifiedRecord($0) })
    }

    /// Verifies signature, content and chain with the key of `identity`.
    ///
    /// - Returns: how many events the chain has and its head.
    public func verify(by identity: IdentityDocument, start: ChainStart?) throws -> ChainState {
        let record = try signature.verify(type: Self.signatureType, by: identity.recordKey)
        var claims = RecordReader(record.body, "export signature")
        _ = try claims.string("type", limit: 64)
        _ = try claims.bytes("salt", count: 16)
        _ = try UTCTime(claims.string("time", limit: 32))
        let agentID = try claims.string("agent_id", limit: 64)
        let profile = try claims.string("profile", limit: 64)
        let count = try claims.integer("count", in: 1...(1 << 48))
        let head = try claims.string("head", limit: 128)
        guard try claims.hex("identity", count: 32) == identity.hash, try DID(claims.string("did", limit: 128)) == identity.did
        else { throw LedgerError(.identityInvalid, "the export is signed under another identity document") }
        guard try claims.hex("content", count: 32) == Digest.sha256(CanonicalForm.jcs.encode(content)) else {
            throw LedgerError(.exportChanged, "the content is not what was signed")
        }
        try claims.finish()
        let state = try ExportedChain(content).verify(agentID: agentID, profile: profile, by: identity, start: start)
        guard state.count == count, state.head == head else {
            throw LedgerError(.exportChanged, "the events do not end where the signature says")
        }
        return state
    }
}

/// The events and seals inside an export.
struct ExportedChain {
    let events: [[UInt8]]
    let seals: [UnverifiedRecord]

    init(_ content: JSONObject) throws {
        var reader = RecordReader(content, "export content")
        _ = try reader.string("type", limit: 64)
        _ = reader.optional("agent")
        _ = reader.optional("identity")
        events = try reader.array("events", limit: 100_000_000).map { element in
            guard let text = element.string else { throw WireError(.wrongType, "an event of an export is a text") }
            return Array(text.utf8)
        }
        seals = try reader.array("seals", limit: 100_000_000).map { try UnverifiedRecord($0) }
        try reader.finish()
    }

    func verify(agentID: String, profile: String, by identity: IdentityDocument, start: ChainStart?) throws -> ChainState {
        if profile == BatchEvent.version { return try verifyBatches(agentID, identity, start) }
        guard seals.isEmpty else { throw LedgerError(.sealMalformed, "only batch chains have seals") }
        let view: AgentIdentity
        switch agentID {
        case identity.agentID.text: view = try identity.aissIdentity()
        case identity.classicalAgentID.text: view = try identity.classicalIdentity()
        default: throw LedgerError(.foreignAgent, "the chain is of agent `\(agentID)`, the identity is another")
        }
        let chain = try ChainVerifier.verify(
            events.map { try Event(decoding: $0) }, of: view, start: start ?? .genesis
        ).get()
        guard let end = chain.position, end.profile.rawValue == profile else {
            throw LedgerError(.eventMalformed, "the export holds no events of its profile")
        }
        return ChainState(
            count: end.count, head: end.head, timestamp: end.timestamp, profile: profile, hasEnded: end.hasEnded)
    }

    private func verifyBatches(_ agentID: String, _ identity: IdentityDocument, _ start: ChainStart?) throws -> ChainState {
        guard agentID == identity.agentID.text else {
            throw LedgerError(.foreignAgent, "the chain is of agent `\(agentID)`, the identity is another")
        }
        let genesis: String
        switch start ?? .genesis {
        case .genesis: genesis = EventProfile.aiss21.genesisHash(of: identity.agentID, classicalKey: [])
        case .rotation(let hash), .excerpt(let hash): genesis = hash
        }
        var previous: BatchSeal?
        var rest = events[...]
        var nonces: Set<String> = []
        var last: BatchEvent?
        for record in seals {
            let seal = try BatchSeal.verify(record, by: identity)
            guard seal.claims.genesis == genesis else {
                throw LedgerError(.genesisMismatch, "the seals name another start of the chain")
            }
            try seal.requireFollows(previous)
            let batch = try rest.prefix(seal.claims.count).map { try BatchEvent(decoding: $0) }
            for (index, event) in batch.enumerated() where !nonces.insert(event.nonce).inserted {
                throw LedgerError(.nonceReplayed, "nonce `\(event.nonce)` was used before", index: index)
            }
            try seal.verify(batch)
            rest = rest.dropFirst(batch.count)
            last = batch.last
            previous = seal
        }
        guard rest.isEmpty, let previous, let last else {
            throw LedgerError(.sealMissing, "\(rest.count) events at the end have no seal")
        }
        return ChainState(
            count: events.count, head: last.hash, timestamp: last.timestamp, profile: BatchEvent.version,
            hasEnded: last.eventType == RotationEvent.eventType, seals: previous.claims.batch + 1,
            lastSeal: Hex.encode(previous.id))
    }
}
