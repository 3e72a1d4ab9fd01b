public import ChancerySuite
public import ChanceryWire

/// Something that happened in a session: between two members who both signed it, or noted by one alone.
public struct SessionStep: Sendable {
    /// Signed by both, `from` first.
    public static let interactionType = "chancery/session-interaction/v1"
    /// Signed by `from` alone.
    public static let stampType = "chancery/session-stamp/v1"

    public let record: VerifiedRecord
    /// What was disclosed; nil where an export withholds it. It always fits the signed hash.
    public let payload: JSONObject?
    let content: Content

    public var counter: Int64 { content.counter }
    public var from: DID { content.from }
    public var to: DID? { content.to }
    public var eventType: String { content.eventType }
    public var time: UTCTime { content.time }
    /// SHA-256 of the disclosed payload: ``PayloadPrivacy/hash(_:)``.
    public var payloadHash: [UInt8] { content.payloadHash }

    /// The signed members.
    struct Content: Sendable {
        let session: SessionID
        let counter: Int64
        /// The head of the session before this step.
        let previous: [UInt8]
        let from: DID
        let to: DID?
        let eventType: String
        let payloadHash: [UInt8]
        let time: UTCTime

        init(
            session: SessionID, counter: Int64, previous: [UInt8], from: DID, to: DID?, eventType: String, payloadHash: [UInt8],
            time: UTCTime
        ) {
            self.session = session
            self.counter = counter
            self.previous = previous
            self.from = from
            self.to = to
            self.eventType = eventType
            self.payloadHash = payloadHash
            self.time = time
        }

        init(_ record: UnverifiedRecord) throws(LedgerError) {
            do throws(WireError) {
                var reader = RecordReader(record.body, "session step")
                let type = try reader.string("type", limit: 64)
                session = try SessionID(reading: &reader)
                counter = try reader.integer("counter")
                previous = try reader.hex("previous", count: 32)
                from = try DID(reader.string(type == interactionType ? "from" : "did", limit: 80))
                to = type == interactionType ? try DID(reader.string("to", limit: 80)) : nil
                eventType = try reader.string("event_type", limit: 64)
                payloadHash = try reader.hex("payload", count: 32)
                time = try reader.time("time")
                _ = try reader.bytes("salt", count: HandshakeTranscript.saltBytes)
                try reader.finish()
            } catch {
                throw LedgerError(.sessionMalformed, error)
            }
            guard !eventType.isEmpty, from != to else {
                throw LedgerError(.sessionMalformed, "a step has an event type and two different parties")
            }
        }

        var type: String { to == nil ? stampType : interactionType }

        func body(salt: [UInt8]) -> JSONObject {
            var body = JSONObject()
            body["session"] = session.json
            body["counter"] = .integer(counter)
            body["previous"] = .string(Hex.encode(previous))
            body[to == nil ? "did" : "from"] = .string(from.text)
            body["to"] = to.map { .string($0.text) }
            body["event_type"] = .string(eventType)
            body["payload"] = .string(Hex.encode(payloadHash))
            body["time"] = .string(time.text)
            body["salt"] = .string(Base64.url.encode(salt))
            return body
        }
    }
}

/// The end of a session: how many steps there were and what they come to.
public struct SessionEnd: Sendable {
    public static let type = "chancery/session-end/v1"
    public let record: VerifiedRecord
    /// Who ended it.
    public let by: DID
    public let time: UTCTime
}

/// What end and seal records say: a member, a count and a hash.
struct SessionClosing: Sendable {
    let session: SessionID
    let counter: Int64
    /// End: the head after the last step. Seal: the hash of all records.
    let hash: [UInt8]
    let by: DID
    let time: UTCTime

    init(session: SessionID, counter: Int64, hash: [UInt8], by: DID, time: UTCTime) {
        self.session = session
        self.counter = counter
        self.hash = hash
        self.by = by
        self.time = time
    }

    init(_ record: UnverifiedRecord) throws(LedgerError) {
        do throws(WireError) {
            var reader = RecordReader(record.body, "session closing")
            _ = try reader.string("type", limit: 64)
            session = try SessionID(reading: &reader)
            counter = try reader.integer("counter")
            hash = try reader.hex("hash", count: 32)
            by = try DID(reader.string("did", limit: 80))
            time = try reader.time("time")
            _ = try reader.bytes("salt", count: HandshakeTranscript.saltBytes)
            try reader.finish()
        } catch {
            throw LedgerError(.sessionMalformed, error)
        }
    }

    func body(salt: [UInt8]) -> JSONObject {
        var body = JSONObject()
        body["session"] = session.json
        body["counter"] = .integer(counter)
        body["hash"] = .string(Hex.encode(hash))
        body["did"] = .string(by.text)
        body["time"] = .string(time.text)
        body["salt"] = .string(Base64.url.encode(salt))
        return body
    }
}
