public import ChancerySuite
public import ChanceryWire

/// Making the records that a session admits next. Nothing changes until a record is admitted.
extension SessionState {
    /// A step by `from`: with a peer, the record that waits for ``countersign(_:payload:as:key:)``; without, a finished stamp.
    /// `payload` is what goes on record (see ``PayloadPrivacy``); `salt` is 16 fresh random bytes.
    ///
    /// - Throws: `ledger.session_foreign_member`, `ledger.session_phase`, `ledger.session_time`, `ledger.session_malformed`.
    public func makeStep(
        from: RecordParty, to: DID?, eventType: String, payload: JSONObject, time: UTCTime, salt: [UInt8],
        key: SigningKey<Purpose.Record>
    ) throws(LedgerError) -> [UInt8] {
        let content = SessionStep.Content(
            session: start.session, counter: counter + 1, previous: head, from: from.did, to: to, eventType: eventType,
            payloadHash: try PayloadPrivacy.hash(payload), time: time)
        _ = try signers(of: content, index: steps.count)
        let record = try SessionRecord.sign(content.body(salt: salt), type: content.type, by: key)
        try require(SessionStep.Content(record), index: steps.count)
        _ = try SessionRecord.verify(record, content.type, [try member(from.did)])
        return record.bytes
    }

    /// The peer's signature on an interaction, after checking that it is the next step, that `payload` is what it says and
    /// that its author signed it.
    ///
    /// - Throws: as ``admit(step:payload:)``, and `ledger.session_foreign_member` when `peer` is not the one addressed.
    public func countersign(
        _ bytes: [UInt8], payload: JSONObject, as peer: RecordParty, key: SigningKey<Purpose.Record>
    ) throws(LedgerError) -> [UInt8] {
        let record = try SessionRecord.decode(bytes)
        let content = try SessionStep.Content(record)
        let parties = try signers(of: content, index: steps.count)
        guard parties.count == 2, content.to == peer.did else {
            throw LedgerError(.sessionForeignMember, "the step is not addressed to `\(peer.did)`", index: steps.count)
        }
        _ = try SessionRecord.verify(record, content.type, [parties[0]])
        try require(content, index: steps.count)
        try require(payload, content, index: steps.count)
        do {
            return try record.countersigned(by: RecordSigner(key), at: 1).bytes
        } catch {
            throw LedgerError(.sessionSignature, error)
        }
    }

    /// The end of the session, by one of its members.
    public func makeEnd(
        by member: RecordParty, key: SigningKey<Purpose.Record>, time: UTCTime, salt: [UInt8]
    ) throws(LedgerError) -> [UInt8] {
        guard phase == .open else { throw LedgerError(.sessionPhase, "only an open session ends") }
        let closing = SessionClosing(session: start.session, counter: counter + 1, hash: head, by: member.did, time: time)
        return try SessionRecord.sign(closing.body(salt: salt), type: SessionEnd.type, by: key).bytes
    }

    /// A member's signature over everything, once the session has ended.
    public func makeSeal(
        by member: RecordParty, key: SigningKey<Purpose.Record>, time: UTCTime, salt: [UInt8]
    ) throws(LedgerError) -> [UInt8] {
        guard phase == .ended else { throw LedgerError(.sessionPhase, "only an ended session is sealed") }
        let closing = SessionClosing(session: start.session, counter: counter, hash: content, by: member.did, time: time)
        return try SessionRecord.sign(closing.body(salt: salt), type: Self.sealType, by: key).bytes
    }
}
