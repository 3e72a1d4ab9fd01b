public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// One agent's whole chain in one file, signed over its whole content.
///
/// `{"content":{"agent","anchor","events","identity","seals","type"},"signature":{…}}`. Events are kept as texts, byte for byte,
/// because their canonical form is their own. Documented in `docs/spec/export.md`.
public struct ChainExport: Sendable {
    public static let contentType = "chancery/export-content/v1"
    public static let signatureType = "chancery/export/v1"

    public let content: JSONObject
    public let signature: UnverifiedRecord

    static func make(
        identity: OpenIdentity, history: [IdentityDocument], agent: AgentRecord?, agentID: String, state: ChainState,
        anchor: RotationProof?, events: [[UInt8]], seals: [[UInt8]], time: UTCTime
    ) throws -> (bytes: [UInt8], signature: VerifiedRecord) {
        let content: JSONValue = [
            "agent": try agent.map { try JSONParser.parse($0.record.bytes) } ?? .null, "anchor": anchor?.value ?? .null,
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
        let document: JSONObject = ["content": content, "signature": try JSONParser.parse(signature.bytes)]
        return (try CanonicalForm.jcs.encode(document), signature)
    }

    /// Reads an export; nothing is verified yet.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "export")
        content = try reader.object("content")
        signature = try UnverifiedRecord(reader.value("signature"))
        try reader.finish()
        guard content["type"]?.string == Self.contentType else { throw WireError(.invalidValue, "not an export") }
    }

    /// The hash of the identity document that the signature names: whose key is to be looked up.
    public var claimedIdentity: [UInt8]? { try? Hex.decode(signature.body["identity"]?.string ?? "", count: 32) }

    /// The agent id that the signature names.
    public var claimedAgentID: String? { signature.body["agent_id"]?.string }

    /// The identity documents that travel with the export. They vouch for nothing by themselves.
    func documents() throws -> [IdentityDocument] {
        var reader = RecordReader(content, "export content")
        return try IdentityDocument.verify(history: reader.array("identity", limit: 4096).map { try UnverifiedRecord($0) })
    }

    /// Verifies signature, content and chain with the key of `signer`, who may have rotated since the chain ended.
    public func verify(
        by signer: IdentityDocument, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> VerifiedExport {
        let record = try signature.verify(type: Self.signatureType, by: signer.recordKey)
        var claims = RecordReader(record.body, "export signature")
        _ = try claims.string("type", limit: 64)
        _ = try claims.bytes("salt", count: 16)
        _ = try UTCTime(claims.string("time", limit: 32))
        let agentID = try AgentID(claims.string("agent_id", limit: 64))
        let profile = try claims.string("profile", limit: 64)
        let count = try claims.integer("count", in: 1...(1 << 48))
        let head = try claims.string("head", limit: 128)
        guard try claims.hex("identity", count: 32) == signer.hash, try DID(claims.string("did", limit: 128)) == signer.did
        else { throw LedgerError(.identityInvalid, "the export is signed under another identity document") }
        guard try claims.hex("content", count: 32) == Digest.sha256(CanonicalForm.jcs.encode(content)) else {
            throw LedgerError(.exportChanged, "the content is not what was signed")
        }
        try claims.finish()
        // Every document before the signer's is authentic: each names the one after it, and the signer is pinned.
        let history = try documents()
        guard history.contains(where: { $0.hash == signer.hash }),
            let document = history.first(where: {
                $0.number <= signer.number && [$0.agentID, $0.classicalAgentID].contains(agentID)
            })
        else { throw LedgerError(.foreignAgent, "agent `\(agentID)` is none of the signer's") }
        let chain = try ExportedChain(content)
        let start = try chain.start(of: agentID.text, profile: profile, document, in: history)
        let state = try chain.verify(agentID: agentID.text, profile: profile, by: document, start: start, progress)
        guard state.count == count, state.head.utf8.elementsEqual(head.utf8) else {
            throw LedgerError(.exportChanged, "the events do not end where the signature says")
        }
        return VerifiedExport(
            document: document, agentID: agentID, state: state, start: start, agent: try agent(history), chain: chain)
    }
}

extension ChainExport {
    /// What the identity says about its agent, if the export carries it.
    private func agent(_ history: [IdentityDocument]) throws -> AgentRecord? {
        guard let value = content["agent"], !value.isNull else { return nil }
        let record = try UnverifiedRecord(value)
        guard let document = history.first(where: { Hex.encode($0.hash) == record.body["identity"]?.string }) else {
            throw LedgerError(.identityInvalid, "the agent record is signed under an unknown identity document")
        }
        return try AgentRecord.verify(record, by: document)
    }
}

/// An export whose signature, content, start and chain were all verified.
public struct VerifiedExport: Sendable {
    /// The identity document under which the chain was written.
    public let document: IdentityDocument
    public let agentID: AgentID
    public let state: ChainState
    /// The genesis, or the proven rotation event of the chain before.
    public let start: ChainStart
    /// What the identity says about its agent; nil when it was never registered.
    public let agent: AgentRecord?
    let chain: ExportedChain
}

/// The events and seals inside an export.
struct ExportedChain: Sendable {
    let events: [[UInt8]]
    let seals: [UnverifiedRecord]
    private let anchor: RotationProof?

    init(_ content: JSONObject) throws {
        var reader = RecordReader(content, "export content")
        _ = try reader.string("type", limit: 64)
        _ = reader.optional("agent")
        _ = reader.optional("identity")
        anchor = try reader.value("anchor") == .null ? nil : RotationProof(reader.value("anchor"))
        events = try reader.array("events", limit: 100_000_000).map { element in
            guard let text = element.string else { throw WireError(.wrongType, "an event of an export is a text") }
            return Array(text.utf8)
        }
        seals = try reader.array("seals", limit: 100_000_000).map { try UnverifiedRecord($0) }
        try reader.finish()
    }

    /// Where the chain must start.
    fileprivate func start(
        of agentID: String, profile: String, _ document: IdentityDocument, in history: [IdentityDocument]
    ) throws -> ChainStart {
        try anchor?.start(of: agentID, profile: profile, document, in: history) ?? .genesis
    }

    /// The hash of event `index` of a verified chain.
    func hash(at index: Int, profile: String) throws -> String {
        profile == BatchEvent.version
            ? try BatchEvent(decoding: events[index]).hash : try Event(decoding: events[index]).hash
    }

    fileprivate func verify(
        agentID: String, profile: String, by identity: IdentityDocument, start: ChainStart,
        _ progress: (Int, Int) -> Void
    ) throws -> ChainState {
        if profile == BatchEvent.version { return try verifyBatches(agentID, identity, start, progress) }
        guard seals.isEmpty else { throw LedgerError(.sealMalformed, "only batch chains have seals") }
        let view: AgentIdentity
        switch agentID {
        case identity.agentID.text: view = try identity.aissIdentity()
        case identity.classicalAgentID.text: view = try identity.classicalIdentity()
        default: throw LedgerError(.foreignAgent, "the chain is of agent `\(agentID)`, the identity is another")
        }
        let chain = try ChainVerifier.verify(
            events.map { try Event(decoding: $0) }, of: view, start: start, progress: progress
        ).get()
        guard let end = chain.position, end.profile.rawValue == profile else {
            throw LedgerError(.eventMalformed, "the export holds no events of its profile")
        }
        return ChainState(
            count: end.count, head: end.head, timestamp: end.timestamp, profile: profile, hasEnded: end.hasEnded)
    }

    private func verifyBatches(
        _ agentID: String, _ identity: IdentityDocument, _ start: ChainStart, _ progress: (Int, Int) -> Void
    ) throws -> ChainState {
        guard agentID == identity.agentID.text else {
            throw LedgerError(.foreignAgent, "the chain is of agent `\(agentID)`, the identity is another")
        }
        var cursor = BatchCursor(identity, start: start)
        var rest = events[...]
        for record in seals {
            let seal = try BatchSeal.verify(record, by: identity)
            try cursor.append(seal, rest.prefix(seal.claims.count).map { try BatchEvent(decoding: $0) })
            rest = rest.dropFirst(seal.claims.count)
            progress(cursor.count, events.count)
        }
        guard rest.isEmpty, let state = cursor.state else {
            throw LedgerError(.sealMissing, "\(rest.count) events at the end have no seal")
        }
        return state
    }
}

extension BatchCursor {
    /// Where the chain stands, as a row among the chains; nil before the first seal.
    var state: ChainState? {
        seal.map {
            ChainState(
                count: count, head: head, timestamp: timestamp, profile: BatchEvent.version, hasEnded: hasEnded,
                seals: $0.claims.batch + 1, lastSeal: Hex.encode($0.id))
        }
    }
}
