internal import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// A record as the store keeps it: exact bytes, and what indexes need to know of them.
///
/// Everything but the bytes can be derived from the bytes again (``RecordReading``); the audit does.
public struct NewRecord: Sendable, Equatable {
    /// The type of the record: the `version` of an event, the `type` of our own records.
    public let kind: String
    /// The record's hash: 32 bytes, or 64 for AISS-2.1 events.
    public let id: [UInt8]
    public let bytes: [UInt8]
    /// The hash of its log entry.
    public let leaf: Digest256
    /// The agent id or DID it belongs to.
    public let agent: String
    /// Its place in the agent's chain; nil for records that are not events.
    public let sequence: Int?
    /// Milliseconds since 1970.
    public let time: Int64
    public let eventType: String?
    public let session: String?
    /// What an answer answers, so that it is given once. Nonces of events are held against their chain instead.
    public let nonce: String?

    public init(
        kind: String, id: [UInt8], bytes: [UInt8], agent: String, sequence: Int? = nil, time: Int64,
        eventType: String? = nil, session: String? = nil, nonce: String? = nil
    ) throws(WireError) {
        self.kind = kind
        self.id = id
        self.bytes = bytes
        leaf = try LogEntry(type: kind, id: id, envelope: bytes).leafHash
        self.agent = agent
        self.sequence = sequence
        self.time = time
        self.eventType = eventType
        self.session = session
        self.nonce = nonce
    }
}

/// A record with its position, which is its leaf index in the log.
public struct StoredRecord: Sendable, Equatable {
    public let position: UInt64
    public let kind: String
    public let id: [UInt8]
    public let bytes: [UInt8]
    public let leaf: Digest256
    public let agent: String
    public let sequence: Int?
    public let time: Int64
    public let eventType: String?
    public let session: String?

    public init(
        position: UInt64, kind: String, id: [UInt8], bytes: [UInt8], leaf: Digest256, agent: String, sequence: Int?,
        time: Int64, eventType: String?, session: String?
    ) {
        self.position = position
        self.kind = kind
        self.id = id
        self.bytes = bytes
        self.leaf = leaf
        self.agent = agent
        self.sequence = sequence
        self.time = time
        self.eventType = eventType
        self.session = session
    }
}

/// What indexes know of a stored record.
public struct RecordHeading: Sendable, Equatable {
    public let position: UInt64
    public let kind: String
    public let id: [UInt8]
    public let agent: String
    public let sequence: Int?
    public let time: Int64
    public let eventType: String?
    public let session: String?

    public init(
        position: UInt64, kind: String, id: [UInt8], agent: String, sequence: Int?, time: Int64, eventType: String?,
        session: String?
    ) {
        self.position = position
        self.kind = kind
        self.id = id
        self.agent = agent
        self.sequence = sequence
        self.time = time
        self.eventType = eventType
        self.session = session
    }

    public init(_ record: StoredRecord) {
        self.init(
            position: record.position, kind: record.kind, id: record.id, agent: record.agent, sequence: record.sequence,
            time: record.time, eventType: record.eventType, session: record.session)
    }
}
