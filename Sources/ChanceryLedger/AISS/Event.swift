internal import ChancerySuite
public import ChanceryWire

/// One event of an agent, decoded but not verified: its form is right, nobody has looked at a key yet.
///
/// The whole object is kept, because members that AISS does not name are covered by the signatures too. The
/// canonical bytes are computed once, here; hash and signatures use them. Decoding a 400-byte event costs a few
/// microseconds.
///
/// Source: reference 2.3.
public struct Event: Sendable {
    /// Longest JSON text of one event, in bytes.
    public static let maximumBytes = 1 << 20
    /// How deep arrays and objects may nest, the event itself included.
    public static let maximumDepth = 64

    public let profile: EventProfile
    /// The event as it came, every member included.
    public let object: JSONObject
    public let agentID: AgentID
    /// Unix seconds, 0…2^53−1.
    public let timestamp: Int64
    /// 1…128 printable ASCII characters; unique for the agent. A UUID in events that the reference makes.
    public let nonce: String
    /// The hash of the event before it; nil where the event says null, which no chain accepts.
    public let previousHash: String?
    public let payload: JSONObject
    public let signatures: EventSignatures
    /// The canonical bytes without the signatures and the detached timestamp.
    public let canonicalBytes: [UInt8]
    /// The event hash in lower-case hexadecimal, which the next event names.
    public let hash: String

    /// The bytes that the keys signed.
    public var message: [UInt8] {
        profile == .aiss21 ? HybridDomain.event.message(canonicalBytes) : canonicalBytes
    }

    /// `payload.event_type`, where it is a string.
    public var eventType: String? { payload["event_type"]?.string }

    /// The detached `trusted_timestamp`, which neither hash nor signature covers.
    public var trustedTimestamp: JSONValue? { object["trusted_timestamp"] }

    /// Reads the JSON text of one event.
    ///
    /// - Throws: `ledger.event_malformed`, `ledger.event_version_unknown` or `ledger.event_signature_malformed`.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes, limits: .init(bytes: Self.maximumBytes, depth: Self.maximumDepth))
        } catch {
            throw LedgerError(.eventMalformed, error)
        }
        try self.init(value)
    }

    /// Reads an event that stands inside another document.
    public init(_ value: JSONValue) throws(LedgerError) {
        guard let object = value.object else {
            throw LedgerError(.eventMalformed, "an event must be an object, found \(value.kind)")
        }
        try self.init(object)
    }

    public init(_ object: JSONObject) throws(LedgerError) {
        guard !JSONValue.object(object).nests(deeperThan: Self.maximumDepth) else {
            throw LedgerError(.eventMalformed, "the event nests more than \(Self.maximumDepth) levels deep")
        }
        let fields = try EventFields(object)
        let signatures = try Self.signatures(of: object, fields.profile)
        let body = try Self.canonical(object.removing(Self.detached(fields.profile)), fields.profile)
        // The whole event is the body with the detached members: `"name":value,` each.
        var length = body.count
        for member in object.members where Self.detached(fields.profile).contains(member.name) {
            length += try 4 + member.name.utf8.count + Self.canonical(member.value, fields.profile).count
        }
        guard length <= Self.maximumBytes else {
            throw LedgerError(.eventMalformed, "the event exceeds \(Self.maximumBytes) bytes")
        }
        // AISS-2.0 hashes its signatures with the rest (reference 2.3).
        let hashed = fields.profile == .aiss20 ? try Self.canonical(object.removing(Self.detached(.aiss1)), .aiss20) : body
        self.init(object, fields, signatures, body, Self.hash(hashed, fields.profile))
    }

    /// From parts that are known to belong together.
    init(_ object: JSONObject, _ fields: EventFields, _ signatures: EventSignatures, _ body: [UInt8], _ hash: String) {
        profile = fields.profile
        self.object = object
        agentID = fields.agentID
        timestamp = fields.timestamp
        nonce = fields.nonce
        previousHash = fields.previousHash
        payload = fields.payload
        self.signatures = signatures
        canonicalBytes = body
        self.hash = hash
    }

    /// The whole event in the canonical form of its profile: how it is stored and sent.
    ///
    /// - Throws: `ledger.event_malformed` when a detached member holds a number that the form does not represent.
    public func encoded() throws(LedgerError) -> [UInt8] {
        try Self.canonical(object, profile)
    }

    private static let detachedFromClassical: Set<String> = ["signature", "trusted_timestamp"]
    private static let detachedFromHybrid: Set<String> = ["signatures", "trusted_timestamp"]

    /// The members that the signatures do not cover.
    static func detached(_ profile: EventProfile) -> Set<String> {
        profile == .aiss1 ? detachedFromClassical : detachedFromHybrid
    }

    static func canonical(_ object: JSONObject, _ profile: EventProfile) throws(LedgerError) -> [UInt8] {
        try canonical(.object(object), profile)
    }

    private static func canonical(_ value: JSONValue, _ profile: EventProfile) throws(LedgerError) -> [UInt8] {
        do {
            return try profile.form.encode(value)
        } catch {
            throw LedgerError(.eventMalformed, error)
        }
    }

    static func hash(_ bytes: [UInt8], _ profile: EventProfile) -> String {
        Hex.encode(profile == .aiss21 ? Digest.sha512(bytes) : Digest.sha256(bytes))
    }

    private static func signatures(of object: JSONObject, _ profile: EventProfile) throws(LedgerError) -> EventSignatures {
        let (own, foreign) = profile == .aiss1 ? ("signature", "signatures") : ("signatures", "signature")
        guard let value = object[own] else { throw LedgerError(.eventSignatureMalformed, "the event lacks `\(own)`") }
        guard object[foreign] == nil else {
            throw LedgerError(.eventSignatureMalformed, "an \(profile.rawValue) event must not carry `\(foreign)`")
        }
        do throws(WireError) {
            switch profile {
            case .aiss1:
                guard let text = value.string else { throw WireError(.wrongType, "`signature` must be a string") }
                return .classical(try SignatureText.decodeBase64(text, count: SignatureAlgorithm.ed25519.signatureBytes))
            case .aiss20:
                var reader = try RecordReader(value, "signatures")
                let classical = try SignatureText.decodeEntry(reader.optional("classical"), .ed25519, "classical") {
                    (text, count) throws(WireError) in try SignatureText.decodeBase58(text, count: count)
                }
                let postQuantum = try SignatureText.decodeEntry(reader.optional("post_quantum"), .mlDSA65, "post-quantum") {
                    (text, count) throws(WireError) in try SignatureText.decodeBase64(text, count: count)
                }
                try reader.finish()
                return .hybrid(classical: classical, postQuantum: postQuantum)
            case .aiss21:
                var reader = try RecordReader(value, "signatures")
                let classical = try SignatureText.decodeEntry(reader.optional("classical"), .ed25519, "classical")
                let postQuantum = try SignatureText.decodeEntry(reader.optional("post_quantum"), .mlDSA65, "post-quantum")
                try reader.finish()
                return .hybrid(classical: classical, postQuantum: postQuantum)
            }
        } catch {
            throw LedgerError(.eventSignatureMalformed, error)
        }
    }
}
