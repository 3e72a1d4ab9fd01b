internal import ChancerySuite
internal import ChanceryWire

/// The one body that both sides sign. Reading it checks everything that can be checked without keys and clock.
struct HandshakeTranscript: Sendable, Equatable {
    static let type = "chancery/handshake/v1"
    static let nonceBytes = 32
    static let saltBytes = 16

    struct Side: Sendable, Equatable {
        let agent: PartyStatement
        let capabilities: CapabilitySet
        let nonce: [UInt8]

        var json: JSONValue {
            ["agent": agent.json, "capabilities": capabilities.json, "nonce": .string(Base64.url.encode(nonce))]
        }
    }

    /// The id of the proposal record.
    let proposal: [UInt8]
    let initiator: Side
    let responder: Side
    let terms: HandshakeTerms
    let time: UTCTime
    let salt: [UInt8]

    var agreed: CapabilitySet { initiator.capabilities.intersection(responder.capabilities) }

    init(proposal: [UInt8], initiator: Side, responder: Side, terms: HandshakeTerms, time: UTCTime, salt: [UInt8])
        throws(LedgerError)
    {
        self.proposal = proposal
        self.initiator = initiator
        self.responder = responder
        self.terms = terms
        self.time = time
        self.salt = salt
        guard responder.nonce.count == Self.nonceBytes, salt.count == Self.saltBytes else {
            throw LedgerError(.handshakeMalformed, "the nonce has 32 bytes and the salt 16")
        }
        try requireSense()
    }

    init(_ body: JSONObject) throws(LedgerError) {
        let agreed: [JSONValue]
        let accepted: Bool
        let sides: (JSONValue, JSONValue)
        do {
            var reader = RecordReader(body, "handshake")
            _ = try reader.string("type", limit: 64)
            proposal = try reader.hex("proposal", count: 32)
            sides = (try reader.value("initiator"), try reader.value("responder"))
            agreed = try reader.array("capabilities", limit: CapabilitySet.maximumCount)
            accepted = try reader.bool("accepted")
            terms = try HandshakeTerms(reading: &reader)
            time = try reader.time("time")
            salt = try reader.bytes("salt", count: Self.saltBytes)
            try reader.finish()
        } catch {
            throw LedgerError(.handshakeMalformed, error)
        }
        initiator = try Self.side(sides.0, "initiator")
        responder = try Self.side(sides.1, "responder")
        guard accepted else { throw LedgerError(.handshakeNotAccepted, "the peer did not accept") }
        guard try CapabilitySet(agreed) == self.agreed else {
            throw LedgerError(.handshakeCapabilities, "the agreed capabilities are not those that both sides offer")
        }
        try requireSense()
    }

    static func side(_ value: JSONValue, _ role: String) throws(LedgerError) -> Side {
        let names: [JSONValue]
        let agent: PartyStatement
        let nonce: [UInt8]
        do {
            var reader = try RecordReader(value, role)
            agent = try PartyStatement(reader.value("agent"))
            names = try reader.array("capabilities", limit: CapabilitySet.maximumCount)
            nonce = try reader.bytes("nonce", count: nonceBytes)
            try reader.finish()
        } catch {
            throw LedgerError(.handshakeMalformed, error)
        }
        return Side(agent: agent, capabilities: try CapabilitySet(names), nonce: nonce)
    }

    private func requireSense() throws(LedgerError) {
        guard initiator.agent.did != responder.agent.did, initiator.agent.keyID != responder.agent.keyID,
            initiator.nonce != responder.nonce
        else {
            throw LedgerError(.handshakeWithSelf, "initiator and responder share an identity, a key or a nonce")
        }
        guard terms.expires > time else {
            throw LedgerError(.handshakeExpired, "the terms end before the handshake was made")
        }
    }

    /// The body without `type`.
    var body: JSONObject {
        var body = JSONObject()
        body["proposal"] = .string(Hex.encode(proposal))
        body["initiator"] = initiator.json
        body["responder"] = responder.json
        body["capabilities"] = agreed.json
        body["accepted"] = true
        terms.write(into: &body)
        body["time"] = .string(time.text)
        body["salt"] = .string(Base64.url.encode(salt))
        return body
    }
}
