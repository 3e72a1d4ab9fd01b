public import ChancerySuite
public import ChanceryWire

/// A yes that waits for the initiator: the transcript of a handshake with the responder's signature alone.
public struct HandshakeResponse: Sendable {
    public let record: VerifiedRecord
    let transcript: HandshakeTranscript

    /// The id of the proposal record that it answers.
    public var proposal: [UInt8] { transcript.proposal }
    public var initiator: PartyStatement { transcript.initiator.agent }
    public var responder: PartyStatement { transcript.responder.agent }
    public var terms: HandshakeTerms { transcript.terms }
    public var time: UTCTime { transcript.time }

    /// - Throws: `ledger.handshake_malformed`, `ledger.handshake_signature`, `ledger.handshake_unknown_party` and what
    ///   makes a transcript senseless.
    public init(verifying bytes: [UInt8], by responder: RecordParty) throws(LedgerError) {
        try self.init(verifying: HandshakeRecord.decode(bytes), by: responder)
    }

    init(verifying unverified: UnverifiedRecord, by responder: RecordParty) throws(LedgerError) {
        record = try HandshakeRecord.verify(unverified, HandshakeTranscript.type, [responder])
        transcript = try HandshakeTranscript(record.body)
        try transcript.responder.agent.require(responder, "responder")
    }
}

/// A signed no: evidence that a proposal was answered and nothing agreed. It can never become a ``Handshake``.
public struct HandshakeRefusal: Sendable {
    public static let type = "chancery/handshake-refusal/v1"
    public let record: VerifiedRecord
    public let responder: PartyStatement
    /// Who was refused, and the id and nonce of their proposal.
    public let initiator: DID
    public let proposal: [UInt8]
    public let nonce: [UInt8]
    public let session: SessionID
    public let reason: String
    public let time: UTCTime

    /// Checks it against the proposal as well.
    ///
    /// - Throws: `ledger.handshake_wrong_audience` when it answers another proposal, and as
    ///   ``init(verifying:by:)``.
    public init(
        verifying bytes: [UInt8], of proposal: HandshakeProposal, by responder: RecordParty
    ) throws(LedgerError) {
        try self.init(verifying: bytes, by: responder)
        guard self.proposal == proposal.record.id, responder.did == proposal.audience, nonce == proposal.nonce,
            initiator == proposal.initiator.did, session == proposal.terms.session
        else { throw LedgerError(.handshakeWrongAudience, "the refusal answers another proposal") }
    }

    /// - Throws: `ledger.handshake_signature`, `ledger.handshake_unknown_party`, `ledger.handshake_malformed`.
    public init(verifying bytes: [UInt8], by responder: RecordParty) throws(LedgerError) {
        record = try HandshakeRecord.verify(HandshakeRecord.decode(bytes), Self.type, [responder])
        let author: DID
        do throws(WireError) {
            var reader = RecordReader(record.body, "refusal")
            _ = try reader.string("type", limit: 64)
            guard try !reader.bool("accepted") else { throw WireError(.invalidValue, "a refusal does not accept") }
            author = try DID(reader.string("did", limit: 80))
            initiator = try DID(reader.string("initiator", limit: 80))
            nonce = try reader.bytes("nonce", count: HandshakeTranscript.nonceBytes)
            proposal = try reader.hex("proposal", count: 32)
            self.responder = try PartyStatement(reader.value("responder"))
            session = try SessionID(reading: &reader)
            reason = try reader.string("reason", limit: 64)
            // It is shown to people, who must not obey it.
            guard !reason.isEmpty, reason.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                throw WireError(.invalidCharacter, "a reason is 1 to 64 visible ASCII characters")
            }
            time = try reader.time("time")
            _ = try reader.bytes("salt", count: HandshakeTranscript.saltBytes)
            try reader.finish()
        } catch {
            throw LedgerError(.handshakeMalformed, error)
        }
        try self.responder.require(responder, "responder")
        guard author == responder.did else {
            throw LedgerError(.handshakeMalformed, "the refusal stands under another DID than its author's")
        }
    }
}

/// One of the four messages by which two agents shake hands, told apart before anything is verified.
public enum HandshakeMessage: Sendable {
    case proposal(by: PartyStatement)
    case response(of: [UInt8], initiator: PartyStatement, by: PartyStatement)
    case refusal(of: [UInt8], by: PartyStatement)
    case handshake(initiator: PartyStatement, responder: PartyStatement)

    /// What `bytes` claim to be and by whom, so that a caller can look up the identity documents.
    ///
    /// - Throws: `ledger.handshake_malformed` and what makes a transcript senseless.
    public init(claimedBy bytes: [UInt8]) throws(LedgerError) {
        let record = try HandshakeRecord.decode(bytes)
        switch record.type {
        case HandshakeProposal.type:
            guard let side = record.body["initiator"] else {
                throw LedgerError(.handshakeMalformed, "the proposal names no initiator")
            }
            self = .proposal(by: try HandshakeTranscript.side(side, "initiator").agent)
        case HandshakeRefusal.type:
            do throws(WireError) {
                var reader = RecordReader(record.body, "refusal")
                self = .refusal(
                    of: try reader.hex("proposal", count: 32), by: try PartyStatement(reader.value("responder")))
            } catch {
                throw LedgerError(.handshakeMalformed, error)
            }
        case Handshake.type:
            let transcript = try HandshakeTranscript(record.body)
            let (initiator, responder) = (transcript.initiator.agent, transcript.responder.agent)
            self =
                record.signatureCount == 1
                ? .response(of: transcript.proposal, initiator: initiator, by: responder)
                : .handshake(initiator: initiator, responder: responder)
        default:
            throw LedgerError(.handshakeMalformed, "a `\(record.type.prefix(64))` is no message of a handshake")
        }
    }
}
