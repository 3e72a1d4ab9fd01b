public import ChancerySuite
public import ChanceryWire

/// What the responder does with a proposal, and what the initiator does with the answer.
extension HandshakeProposal {
    /// Whether this responder may answer at `now`: the proposal is fresh, meant for them, not their own and not replayed.
    ///
    /// - Parameter seen: whether a nonce was met before; the caller remembers nonces for as long as `rules` call them fresh.
    public func requireAnswerable(
        by responder: RecordParty, now: UTCTime, rules: HandshakeRules = .init(), seen: (_ nonce: [UInt8]) -> Bool
    ) throws(LedgerError) {
        guard audience == responder.did else {
            throw LedgerError(.handshakeWrongAudience, "the proposal is addressed to `\(audience)`")
        }
        try rules.require(time: time, expires: terms.expires, now: now)
        guard !seen(nonce) else { throw LedgerError(.handshakeReplayed, "the nonce of the proposal was seen before") }
    }

    /// Accepts: the transcript with the responder's signature, to be sent to the initiator for ``confirm(_:from:key:now:rules:)``.
    /// `nonce` (32 bytes) and `salt` (16 bytes) must be fresh random bytes.
    public func accept(
        as responder: RecordParty, key: SigningKey<Purpose.Record>, capabilities: CapabilitySet, nonce: [UInt8], salt: [UInt8],
        now: UTCTime, rules: HandshakeRules = .init(), seen: (_ nonce: [UInt8]) -> Bool
    ) throws(LedgerError) -> [UInt8] {
        try requireAnswerable(by: responder, now: now, rules: rules, seen: seen)
        let transcript = try HandshakeTranscript(
            proposal: record.id, initiator: side,
            responder: .init(agent: responder.statement, capabilities: capabilities, nonce: nonce), terms: terms, time: now,
            salt: salt)
        let response = try HandshakeRecord.sign(transcript.body, type: HandshakeTranscript.type, by: key)
        // A key that is not the registered one would only be noticed by the peer.
        _ = try HandshakeRecord.verify(HandshakeRecord.decode(response), HandshakeTranscript.type, [responder])
        return response
    }

    /// Refuses, in a signed record that lets the initiator prove it. `reason` is a short word such as `policy`.
    public func refuse(
        as responder: RecordParty, key: SigningKey<Purpose.Record>, reason: String, salt: [UInt8], now: UTCTime
    ) throws(LedgerError) -> HandshakeRefusal {
        guard audience == responder.did else {
            throw LedgerError(.handshakeWrongAudience, "the proposal is addressed to `\(audience)`")
        }
        guard salt.count == HandshakeTranscript.saltBytes else {
            throw LedgerError(.handshakeMalformed, "the salt has 16 bytes")
        }
        var body = JSONObject()
        body["accepted"] = false
        body["did"] = .string(responder.did.text)
        body["initiator"] = .string(initiator.did.text)
        body["nonce"] = .string(Base64.url.encode(nonce))
        body["proposal"] = .string(Hex.encode(record.id))
        body["responder"] = responder.statement.json
        body["session"] = terms.session.json
        body["reason"] = .string(reason)
        body["time"] = .string(now.text)
        body["salt"] = .string(Base64.url.encode(salt))
        let bytes = try HandshakeRecord.sign(body, type: HandshakeRefusal.type, by: key)
        return try HandshakeRefusal(verifying: bytes, of: self, by: responder)
    }

    /// Confirms the responder's transcript with the initiator's signature: the finished handshake.
    ///
    /// - Throws: `ledger.handshake_not_accepted` for a refusal, `ledger.handshake_changed` when the transcript is not what
    ///   was proposed, and what ``Handshake/init(verifying:initiator:responder:)`` throws.
    public func confirm(
        _ response: [UInt8], as initiator: RecordParty, from responder: RecordParty, key: SigningKey<Purpose.Record>,
        now: UTCTime, rules: HandshakeRules = .init()
    ) throws(LedgerError) -> Handshake {
        let unverified = try HandshakeRecord.decode(response)
        guard unverified.type != HandshakeRefusal.type else {
            throw LedgerError(.handshakeNotAccepted, "the peer refused")
        }
        guard responder.did == audience else {
            throw LedgerError(.handshakeWrongAudience, "the proposal was addressed to `\(audience)`")
        }
        let transcript = try HandshakeResponse(verifying: unverified, by: responder).transcript
        guard transcript.proposal == record.id, transcript.initiator == side, transcript.terms == terms else {
            throw LedgerError(.handshakeChanged, "the transcript is not what was proposed")
        }
        guard transcript.time >= time.advanced(bySeconds: -rules.clockSkew) else {
            throw LedgerError(.handshakeNotFresh, "the answer is older than the proposal")
        }
        try rules.require(time: transcript.time, expires: terms.expires, now: now)
        let full: UnverifiedRecord
        do {
            full = try unverified.countersigned(by: RecordSigner(key), at: 0)
        } catch {
            throw LedgerError(.handshakeSignature, error)
        }
        return try Handshake(verifying: full, initiator: initiator, responder: responder)
    }
}
