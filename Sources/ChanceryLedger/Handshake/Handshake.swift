public import ChancerySuite
public import ChanceryWire

/// A finished handshake: one transcript signed by both sides, verified.
///
/// A stranger with the two identity documents checks it offline; no clock is involved, ``isOpen(at:)`` asks for one.
public struct Handshake: Sendable {
    public static let type = HandshakeTranscript.type

    public let record: VerifiedRecord
    private let transcript: HandshakeTranscript

    public var initiator: PartyStatement { transcript.initiator.agent }
    public var responder: PartyStatement { transcript.responder.agent }
    /// What both sides offered, sorted.
    public var capabilities: CapabilitySet { transcript.agreed }
    public var terms: HandshakeTerms { transcript.terms }
    /// When the responder answered, by their clock.
    public var time: UTCTime { transcript.time }
    /// The id of the proposal record.
    public var proposal: [UInt8] { transcript.proposal }

    /// - Throws: `ledger.handshake_malformed`, `ledger.handshake_signature` unless there are exactly two signatures,
    ///   initiator first, `ledger.handshake_unknown_party`, `ledger.handshake_with_self`,
    ///   `ledger.handshake_capabilities`, `ledger.handshake_not_accepted`, `ledger.handshake_expired`.
    public init(verifying bytes: [UInt8], initiator: RecordParty, responder: RecordParty) throws(LedgerError) {
        try self.init(verifying: HandshakeRecord.decode(bytes), initiator: initiator, responder: responder)
    }

    init(verifying unverified: UnverifiedRecord, initiator: RecordParty, responder: RecordParty) throws(LedgerError) {
        record = try HandshakeRecord.verify(unverified, Self.type, [initiator, responder])
        transcript = try HandshakeTranscript(record.body)
        try transcript.initiator.agent.require(initiator, "initiator")
        try transcript.responder.agent.require(responder, "responder")
    }

    /// Whether the terms still run at `now`.
    public func isOpen(at now: UTCTime) -> Bool { now < terms.expires }

    /// The parties that an unverified transcript names, so that a caller can look up their identity documents.
    public static func claimedParties(_ bytes: [UInt8]) throws(LedgerError) -> (initiator: DID, responder: DID) {
        let transcript = try HandshakeTranscript(HandshakeRecord.decode(bytes).body)
        return (transcript.initiator.agent.did, transcript.responder.agent.did)
    }
}
