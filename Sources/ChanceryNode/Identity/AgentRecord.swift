public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// What an identity says about the agent that acts under it. A role exists only here or in a later decision.
public struct AgentRecord: Sendable {
    public static let type = "chancery/agent/v1"

    public enum Status: String, Sendable {
        case active, retired
    }

    public let record: VerifiedRecord
    public let did: DID
    public let agentID: String
    public let name: String
    public let role: String
    public let status: Status
    public let metadata: JSONObject
    public let time: UTCTime

    /// Signs the record. `metadata` holds texts of at most 256 bytes, at most 32 of them.
    package static func sign(
        name: String, role: String, status: Status, metadata: JSONObject, identity: IdentityDocument,
        key: SigningKey<Purpose.Record>, time: UTCTime
    ) throws -> AgentRecord {
        let body: JSONValue = [
            "agent_id": .string(identity.agentID.text), "classical_agent_id": .string(identity.classicalAgentID.text),
            "did": .string(identity.did.text), "identity": .string(Hex.encode(identity.hash)),
            "metadata": .object(metadata), "name": .string(name), "role": .string(role),
            "salt": .string(Base64.url.encode(SystemRandom.bytes(16))), "status": .string(status.rawValue),
            "time": .string(time.text),
        ]
        let record = try VerifiedRecord.sign(body.object ?? JSONObject(), type: type, by: key)
        return try verify(UnverifiedRecord(decoding: record.bytes), by: identity)
    }

    /// Verifies a record against the identity document it names.
    public static func verify(_ record: UnverifiedRecord, by identity: IdentityDocument) throws -> AgentRecord {
        let verified = try record.verify(type: type, by: identity.recordKey)
        var reader = RecordReader(verified.body, "agent record")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let did = try DID(reader.string("did", limit: 128))
        let agentID = try AgentID(reader.string("agent_id", limit: 64))
        let classical = try AgentID(reader.string("classical_agent_id", limit: 64))
        guard did == identity.did, try reader.hex("identity", count: 32) == identity.hash,
            agentID == identity.agentID, classical == identity.classicalAgentID
        else { throw LedgerError(.identityInvalid, "the agent record names another identity") }
        guard let status = Status(rawValue: try reader.string("status", limit: 16)) else {
            throw WireError(.invalidValue, "an agent is active or retired")
        }
        let metadata = try reader.object("metadata")
        guard metadata.count <= 32,
            metadata.members.allSatisfy({ $0.name.utf8.count <= 64 && $0.value.string.map { $0.utf8.count <= 256 } == true })
        else { throw WireError(.invalidValue, "metadata holds at most 32 texts of at most 256 bytes") }
        let result = AgentRecord(
            record: verified, did: did, agentID: agentID.text, name: try reader.string("name", limit: 64),
            role: try reader.string("role", limit: 64), status: status, metadata: metadata,
            time: try UTCTime(reader.string("time", limit: 32)))
        try reader.finish()
        return result
    }
}
