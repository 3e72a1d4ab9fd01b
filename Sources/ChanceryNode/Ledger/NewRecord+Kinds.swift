package import ChanceryLedger
package import ChancerySuite
internal import ChanceryWire

extension NewRecord {
    /// An AISS event at `sequence` of its chain.
    package init(_ event: Event, bytes: [UInt8], sequence: Int) throws {
        try self.init(
            kind: event.profile.rawValue, id: Hex.decode(event.hash), bytes: bytes, agent: event.agentID.text,
            sequence: sequence, time: Self.milliseconds(event.timestamp), eventType: Self.word(event.eventType),
            session: Self.word(event.payload["session_id"]?.string))
    }

    /// A batch event at `sequence` of its chain.
    package init(_ event: BatchEvent, sequence: Int) throws {
        try self.init(
            kind: BatchEvent.version, id: Hex.decode(event.hash), bytes: event.bytes, agent: event.agentID.text,
            sequence: sequence, time: Self.milliseconds(event.timestamp), eventType: Self.word(event.eventType),
            session: Self.word(event.payload["session_id"]?.string))
    }

    /// One of our signed records. It is found by the `agent_id` of its body, or else by its `did`.
    package init(_ record: VerifiedRecord) throws {
        try self.init(type: record.type, id: record.id, bytes: record.bytes, body: record.body)
    }

    private init(type: String, id: [UInt8], bytes: [UInt8], body: JSONObject) throws {
        let subject = body["agent_id"]?.string ?? body["did"]?.string ?? type
        let time = (body["time"] ?? body["created_at"])?.string
        try self.init(
            kind: type, id: id, bytes: bytes, agent: subject, time: time.map { try UTCTime($0).milliseconds } ?? 0,
            session: Self.word(body["session"]?.string), nonce: HandshakeNonce.answered(by: type, body))
    }

    /// A record again from its kind and bytes: what the audit compares the stored columns with.
    ///
    /// Signatures are not looked at; `sequence` is where the store says the event stands.
    package static func derive(kind: String, bytes: [UInt8], sequence: Int?) throws -> NewRecord {
        if EventProfile(rawValue: kind) != nil {
            return try NewRecord(Event(decoding: bytes), bytes: bytes, sequence: sequence ?? 0)
        }
        if kind == BatchEvent.version { return try NewRecord(BatchEvent(decoding: bytes), sequence: sequence ?? 0) }
        if kind == AgentIdentityRecord.kind { return try AgentIdentityRecord.record(AgentIdentity(decoding: bytes), bytes) }
        if GovernanceDocument.kinds.contains(kind) { return try GovernanceDocument.record(kind, bytes) }
        if StoreStatement.kinds.contains(kind) { return try StoreStatement.record(kind, bytes) }
        let record = try UnverifiedRecord(decoding: bytes)
        guard record.type == kind else {
            throw NodeError(.storeCorrupt, "a `\(record.type)` is stored as a `\(kind)`")
        }
        return try NewRecord(type: record.type, id: record.bodyHash, bytes: bytes, body: record.body)
    }

    /// Index words are short and hold no zero byte, at which databases cut texts; other texts are in the event alone.
    private static func word(_ text: String?) -> String? {
        guard let text, (1...200).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
        return text
    }

    private static func milliseconds(_ seconds: Int64) -> Int64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}

/// An identity document of AISS as a record: what is known of agents that have no DID.
enum AgentIdentityRecord {
    static let kind = "aiss/identity"

    static func record(_ identity: AgentIdentity, _ bytes: [UInt8]) throws -> NewRecord {
        try NewRecord(
            kind: kind, id: Digest.sha3_256(bytes), bytes: bytes, agent: identity.agentID.text,
            time: UTCTime(seconds: identity.createdAt).milliseconds)
    }
}
