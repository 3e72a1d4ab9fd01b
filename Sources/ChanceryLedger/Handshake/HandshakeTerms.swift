internal import ChancerySuite
public import ChanceryWire

/// The name of a session: 16 random bytes, 32 hexadecimal digits in records.
public struct SessionID: Sendable, Hashable, CustomStringConvertible {
    public static let byteCount = 16
    public let bytes: [UInt8]
    public var description: String { Hex.encode(bytes) }

    /// - Throws: `ledger.handshake_malformed` for another length.
    public init(_ bytes: [UInt8]) throws(LedgerError) {
        guard bytes.count == Self.byteCount else {
            throw LedgerError(.handshakeMalformed, "a session id has \(Self.byteCount) bytes, found \(bytes.count)")
        }
        self.bytes = bytes
    }

    init(reading reader: inout RecordReader) throws(WireError) {
        bytes = try reader.hex("session", count: Self.byteCount)
    }

    var json: JSONValue { .string(description) }
}

/// What an agent says it can do: up to 64 names, sorted by bytes, each once, so that a list has one form.
public struct CapabilitySet: Sendable, Equatable {
    public static let maximumCount = 64
    public let names: [String]

    /// In any order.
    ///
    /// - Throws: `ledger.handshake_capabilities` for a repeated name or one that is not 1 to 64 visible ASCII characters.
    public init(_ names: [String]) throws(LedgerError) {
        try self.init(sorted: names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    private init(sorted names: [String]) throws(LedgerError) {
        guard names.count <= Self.maximumCount,
            names.allSatisfy({ (1...64).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } })
        else {
            throw LedgerError(.handshakeCapabilities, "a capability is 1 to 64 visible ASCII characters, at most 64 of them")
        }
        guard zip(names, names.dropFirst()).allSatisfy({ $0.utf8.lexicographicallyPrecedes($1.utf8) }) else {
            throw LedgerError(.handshakeCapabilities, "capabilities must be sorted and distinct")
        }
        self.names = names
    }

    /// As they stand in a record, where only the sorted form is accepted.
    init(_ elements: [JSONValue]) throws(LedgerError) {
        let names = elements.compactMap(\.string)
        guard names.count == elements.count else {
            throw LedgerError(.handshakeCapabilities, "a capability must be a string")
        }
        try self.init(sorted: names)
    }

    /// What both sides offer.
    public func intersection(_ other: CapabilitySet) -> CapabilitySet {
        let known = Set(other.names)
        return CapabilitySet(checked: names.filter(known.contains))
    }

    private init(checked names: [String]) { self.names = names }

    var json: JSONValue { .array(names.map { .string($0) }) }
}

/// What both sides sign up to.
public struct HandshakeTerms: Sendable, Equatable {
    public let session: SessionID
    /// The place of this handshake in its session, from 1; 0 for a handshake that stands alone.
    public let counter: Int64
    /// 32 bytes that name what the handshake is about: ``PayloadPrivacy/hash(_:)`` of a payload, or the id of the start
    /// record of a session.
    public let payloadHash: [UInt8]
    public let expires: UTCTime

    /// - Throws: `ledger.handshake_malformed` for a negative number, one beyond 2^53−1, or a hash of another length.
    public init(session: SessionID, counter: Int64, payloadHash: [UInt8], expires: UTCTime) throws(LedgerError) {
        guard (0...CanonicalForm.largestSafeInteger).contains(counter), payloadHash.count == 32 else {
            throw LedgerError(.handshakeMalformed, "the counter or payload hash is out of range")
        }
        self.session = session
        self.counter = counter
        self.payloadHash = payloadHash
        self.expires = expires
    }

    init(reading reader: inout RecordReader) throws(WireError) {
        session = try SessionID(reading: &reader)
        counter = try reader.integer("counter")
        payloadHash = try reader.hex("payload", count: 32)
        expires = try reader.time("expires")
    }

    func write(into body: inout JSONObject) {
        body["session"] = session.json
        body["counter"] = .integer(counter)
        body["payload"] = .string(Hex.encode(payloadHash))
        body["expires"] = .string(expires.text)
    }
}

/// How old, how early and how long-lived a handshake may be, in seconds.
public struct HandshakeRules: Sendable {
    public var maximumAge: Int64
    public var clockSkew: Int64
    public var maximumLifetime: Int64

    /// Five minutes old, half a minute early, thirty days long.
    public init(maximumAge: Int64 = 300, clockSkew: Int64 = 30, maximumLifetime: Int64 = 2_592_000) {
        self.maximumAge = maximumAge
        self.clockSkew = clockSkew
        self.maximumLifetime = maximumLifetime
    }

    /// Refuses what was made at `time` and ends at `expires`, as seen at `now`.
    func require(time: UTCTime, expires: UTCTime, now: UTCTime) throws(LedgerError) {
        guard now <= time.advanced(bySeconds: maximumAge), now >= time.advanced(bySeconds: -clockSkew) else {
            throw LedgerError(.handshakeNotFresh, "the record is of \(time.text), and it is \(now.text)")
        }
        guard expires > now, expires > time else {
            throw LedgerError(.handshakeExpired, "the terms ended at \(expires.text), and it is \(now.text)")
        }
        guard expires <= time.advanced(bySeconds: maximumLifetime) else {
            throw LedgerError(.handshakeExpired, "the terms run longer than \(maximumLifetime) seconds")
        }
    }
}
