public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// What an agent says about its own chain: so many events, and this is the last. Logged and proven, it shows later
/// that nothing before it was dropped.
public struct ChainHead: Sendable {
    public static let type = "chancery/chain-head/v1"

    public let record: VerifiedRecord
    public let agentID: String
    public let profile: String
    public let count: Int
    /// The hash of the last event in hex.
    public let head: String
    public let time: UTCTime

    package static func sign(
        _ state: ChainState, agentID: String, identity: OpenIdentity, time: UTCTime
    ) throws -> ChainHead {
        let body: JSONValue = [
            "agent_id": .string(agentID), "count": .integer(Int64(state.count)), "did": .string(identity.document.did.text),
            "head": .string(state.head), "identity": .string(Hex.encode(identity.document.hash)),
            "profile": .string(state.profile), "salt": .string(Base64.url.encode(SystemRandom.bytes(16))),
            "time": .string(time.text),
        ]
        let record = try VerifiedRecord.sign(body.object ?? JSONObject(), type: type, by: identity.keys.record)
        return try verify(UnverifiedRecord(decoding: record.bytes), by: identity.document)
    }

    /// Verifies a statement against the identity of the agent.
    public static func verify(_ record: UnverifiedRecord, by identity: IdentityDocument) throws -> ChainHead {
        let verified = try record.verify(type: type, by: identity.recordKey)
        var reader = RecordReader(verified.body, "chain head")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let agentID = try AgentID(reader.string("agent_id", limit: 64))
        guard try DID(reader.string("did", limit: 128)) == identity.did, try reader.hex("identity", count: 32) == identity.hash,
            agentID == identity.agentID || agentID == identity.classicalAgentID
        else { throw LedgerError(.identityInvalid, "the chain head names another identity") }
        let head = ChainHead(
            record: verified, agentID: agentID.text, profile: try reader.string("profile", limit: 64),
            count: Int(try reader.integer("count", in: 1...(1 << 48))), head: try reader.string("head", limit: 128),
            time: try UTCTime(reader.string("time", limit: 32)))
        try reader.finish()
        return head
    }
}

/// A chain head with the proof that a log holds it: one file that a stranger keeps beside an export.
public struct ChainCheckpoint: Sendable {
    public static let type = "chancery/chain-checkpoint/v1"

    public let headBytes: [UInt8]
    public let proof: LogProof

    public func encoded() throws -> [UInt8] {
        let document: JSONObject = [
            "head": try JSONParser.parse(headBytes), "proof": .string(String(decoding: proof.encoded, as: UTF8.self)),
            "type": .string(Self.type),
        ]
        return try CanonicalForm.jcs.encode(document)
    }

    public init(head: ChainHead, proof: LogProof) {
        headBytes = head.record.bytes
        self.proof = proof
    }

    public init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 24))
        var reader = try RecordReader(value, "chain checkpoint")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "not a chain checkpoint")
        }
        headBytes = try CanonicalForm.jcs.encode(reader.value("head"))
        proof = try LogProof(decoding: Array(reader.string("proof", limit: 1 << 18).utf8))
        try reader.finish()
    }

    /// The head, if its agent signed it and the log holds it.
    public func verify(by identity: IdentityDocument, log: CheckpointVerifier) throws -> (ChainHead, VerifiedCheckpoint) {
        let head = try ChainHead.verify(UnverifiedRecord(decoding: headBytes), by: identity)
        let entry = try LogEntry(type: ChainHead.type, id: head.record.id, envelope: headBytes)
        return (head, try proof.verify(entry: entry.encoded, by: log))
    }
}
