public import ChancerySuite
public import ChanceryWire

/// An event of the batch profile: the members of AISS-2.1 without signatures, under a version of its own.
///
/// Nothing here is signed; a ``BatchSeal`` signs the Merkle root over many of these.
public struct BatchEvent: Sendable, Equatable {
    public static let version = "chancery/batch-event/v1"
    public static let maximumBytes = 1 << 20
    /// How deep arrays and objects may nest, the event itself included.
    public static let maximumDepth = 64

    /// RFC 8785 of the event.
    public let bytes: [UInt8]
    public let agentID: AgentID
    /// Seconds since 1970.
    public let timestamp: Int64
    public let nonce: String
    public let payload: JSONObject
    public let previousHash: String
    /// Hex SHA-512 of ``bytes``.
    public let hash: String

    /// Makes an event.
    ///
    /// - Throws: `ledger.batch_event_malformed` for a nonce, time or payload that no reader would accept.
    public init(
        agentID: AgentID, timestamp: Int64, nonce: String, payload: JSONObject, previousHash: String
    ) throws(LedgerError) {
        try self.init(
            agentID: agentID, timestamp: timestamp, nonce: nonce, payload: payload,
            canonicalPayload: Self.canonical(payload), previousHash: previousHash)
    }

    /// As above, with the payload's canonical bytes made before.
    init(
        agentID: AgentID, timestamp: Int64, nonce: String, payload: JSONObject, canonicalPayload: [UInt8],
        previousHash: String
    ) throws(LedgerError) {
        guard (0...CanonicalForm.largestSafeInteger).contains(timestamp), Self.isNonce(nonce), Self.isHash(previousHash) else {
            throw LedgerError(.batchEventMalformed, "the time, nonce or previous hash of the event is out of its limits")
        }
        guard !JSONValue.object(payload).nests(deeperThan: Self.maximumDepth - 1) else {
            throw LedgerError(.batchEventMalformed, "the event nests more than \(Self.maximumDepth) levels deep")
        }
        // The members in canonical order; only the payload needs the general encoder.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(canonicalPayload.count + 400)
        bytes += #"{"agent_id":""#.utf8
        bytes += agentID.text.utf8
        bytes += #"","nonce":""#.utf8
        bytes += nonce.utf8
        bytes += #"","payload":"#.utf8
        bytes += canonicalPayload
        bytes += #","previous_hash":""#.utf8
        bytes += previousHash.utf8
        bytes += #"","timestamp":"#.utf8
        bytes += String(timestamp).utf8
        bytes += #","version":""#.utf8
        bytes += Self.version.utf8
        bytes += #""}"#.utf8
        guard bytes.count <= Self.maximumBytes else {
            throw LedgerError(.batchEventMalformed, "the event exceeds \(Self.maximumBytes) bytes")
        }
        self.init(bytes, agentID, timestamp, nonce, payload, previousHash)
    }

    /// Decodes the canonical bytes of an event, strictly.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        do {
            let value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: Self.maximumDepth))
            var reader = try RecordReader(value, "batch event")
            let version = try reader.string("version", limit: 64)
            guard version.utf8.elementsEqual(Self.version.utf8) else {
                throw LedgerError(.batchEventMalformed, "`\(version)` is not `\(Self.version)`")
            }
            let agentID = try AgentID(reader.string("agent_id", limit: 64))
            let timestamp = try reader.integer("timestamp")
            let nonce = try reader.string("nonce", limit: 128)
            let previous = try reader.string("previous_hash", limit: 128)
            let payload = try reader.object("payload")
            try reader.finish()
            guard Self.isNonce(nonce), Self.isHash(previous), try CanonicalForm.jcs.encode(value) == bytes else {
                throw LedgerError(.batchEventMalformed, "the event is not in canonical form")
            }
            self.init(bytes, agentID, timestamp, nonce, payload, previous)
        } catch let error as LedgerError where error.reason == .batchEventMalformed {
            throw error
        } catch {
            throw LedgerError(.batchEventMalformed, "\(error)")
        }
    }

    /// The payload as it stands in the event.
    static func canonical(_ payload: JSONObject) throws(LedgerError) -> [UInt8] {
        guard !JSONValue.object(payload).holdsUnreadableNumber else {
            throw LedgerError(.batchEventMalformed, JSONValue.unreadableNumberDetail)
        }
        do {
            return try CanonicalForm.jcs.encode(payload)
        } catch {
            throw LedgerError(.batchEventMalformed, error.description)
        }
    }

    private init(
        _ bytes: [UInt8], _ agentID: AgentID, _ timestamp: Int64, _ nonce: String, _ payload: JSONObject, _ previous: String
    ) {
        self.bytes = bytes
        self.agentID = agentID
        self.timestamp = timestamp
        self.nonce = nonce
        self.payload = payload
        previousHash = previous
        hash = Hex.encode(Digest.sha512(bytes))
    }

    public var eventType: String? { payload["event_type"]?.string }

    /// The hash of the event's leaf under its seal: RFC 6962 over u64be(sequence) ‖ bytes (rule L3).
    public func leaf(at sequence: Int) -> Digest256 {
        MerkleTree.leafHash(UInt64(sequence).bigEndianBytes + bytes)
    }

    private static func isNonce(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 128 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
