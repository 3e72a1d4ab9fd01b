public import ChancerySuite
public import ChanceryWire

/// An offer of one agent to another, whose signature was checked: the first of three steps to a ``Handshake``.
public struct HandshakeProposal: Sendable {
    public static let type = "chancery/handshake-proposal/v1"

    /// The signed record, to be sent and kept.
    public let record: VerifiedRecord
    /// Who proposes; ``audience`` is whom they mean.
    public let initiator: PartyStatement
    public let audience: DID
    public let capabilities: CapabilitySet
    public let nonce: [UInt8]
    public let terms: HandshakeTerms
    public let time: UTCTime

    var side: HandshakeTranscript.Side { .init(agent: initiator, capabilities: capabilities, nonce: nonce) }

    /// Proposes a handshake. `nonce` (32 bytes) and `salt` (16 bytes) must be fresh random bytes.
    ///
    /// - Throws: `ledger.handshake_with_self`, `ledger.handshake_malformed`, `ledger.handshake_expired`.
    public static func make(
        from initiator: RecordParty, key: SigningKey<Purpose.Record>, to audience: DID, capabilities: CapabilitySet,
        terms: HandshakeTerms, nonce: [UInt8], salt: [UInt8], time: UTCTime
    ) throws(LedgerError) -> HandshakeProposal {
        guard nonce.count == HandshakeTranscript.nonceBytes, salt.count == HandshakeTranscript.saltBytes else {
            throw LedgerError(.handshakeMalformed, "the nonce has 32 bytes and the salt 16")
        }
        let side = HandshakeTranscript.Side(agent: initiator.statement, capabilities: capabilities, nonce: nonce)
        var body = JSONObject()
        body["initiator"] = side.json
        body["did"] = .string(initiator.did.text)
        body["audience"] = .string(audience.text)
        terms.write(into: &body)
        body["time"] = .string(time.text)
        body["salt"] = .string(Base64.url.encode(salt))
        return try HandshakeProposal(verifying: HandshakeRecord.sign(body, type: type, by: key), by: initiator)
    }

    /// Reads a proposal that came from a peer.
    ///
    /// - Throws: `ledger.handshake_malformed`, `ledger.handshake_signature`, `ledger.handshake_unknown_party`,
    ///   `ledger.handshake_with_self`.
    public init(verifying bytes: [UInt8], by initiator: RecordParty) throws(LedgerError) {
        let unverified = try HandshakeRecord.decode(bytes)
        record = try HandshakeRecord.verify(unverified, Self.type, [initiator])
        let value: JSONValue
        let author: DID
        do {
            var reader = RecordReader(record.body, "proposal")
            _ = try reader.string("type", limit: 64)
            value = try reader.value("initiator")
            author = try DID(reader.string("did", limit: 80))
            audience = try DID(reader.string("audience", limit: 80))
            terms = try HandshakeTerms(reading: &reader)
            time = try reader.time("time")
            _ = try reader.bytes("salt", count: HandshakeTranscript.saltBytes)
            try reader.finish()
        } catch {
            throw LedgerError(.handshakeMalformed, error)
        }
        let side = try HandshakeTranscript.side(value, "initiator")
        self.initiator = side.agent
        capabilities = side.capabilities
        nonce = side.nonce
        try side.agent.require(initiator, "initiator")
        guard author == side.agent.did else {
            throw LedgerError(.handshakeMalformed, "the proposal stands under another DID than its initiator's")
        }
        guard audience != side.agent.did else {
            throw LedgerError(.handshakeWithSelf, "the proposal is addressed to its own author")
        }
        guard terms.expires > time else {
            throw LedgerError(.handshakeExpired, "the terms end before the proposal was made")
        }
    }

    /// The DID that a proposal names as its author, so that a caller can look up the identity document. Nothing is verified.
    public static func claimedInitiator(_ bytes: [UInt8]) throws(LedgerError) -> DID {
        let body = try HandshakeRecord.decode(bytes).body
        guard let side = body["initiator"] else { throw LedgerError(.handshakeMalformed, "the proposal names no initiator") }
        return try HandshakeTranscript.side(side, "initiator").agent.did
    }
}

/// Decoding, signing and verifying records under the error codes of this room.
enum HandshakeRecord {
    static let byteLimit = 65_536

    static func decode(_ bytes: [UInt8]) throws(LedgerError) -> UnverifiedRecord {
        do {
            return try UnverifiedRecord(decoding: bytes, limit: byteLimit)
        } catch {
            throw LedgerError(.handshakeMalformed, error)
        }
    }

    static func verify(_ record: UnverifiedRecord, _ type: String, _ parties: [RecordParty]) throws(LedgerError)
        -> VerifiedRecord
    {
        do {
            return try record.verify(type: type, by: parties.map { RecordVerifier($0.key) })
        } catch {
            throw LedgerError(.handshakeSignature, error)
        }
    }

    static func sign(_ body: JSONObject, type: String, by key: SigningKey<Purpose.Record>) throws(LedgerError) -> [UInt8] {
        do {
            return try VerifiedRecord.sign(body, type: type, by: key).bytes
        } catch {
            throw LedgerError(.handshakeMalformed, "the record could not be signed: \(error)")
        }
    }
}
