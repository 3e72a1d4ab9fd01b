public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// Shakes hands with agents elsewhere, message by message, with nothing to remember but the store.
///
/// Every message that was sent or accepted is a record, every refusal too, and each step stands on the chain of the
/// agent who took it, in the same durable append. Peers must be registered: their keys come from there.
public struct HandshakeDesk: Sendable {
    /// The types of the events on the agents' chains.
    public static let proposalEvent = "a2a_proposal"
    public static let handshakeEvent = "a2a_handshake"
    public static let refusalEvent = "a2a_refusal"

    private let ledger: AgentLedger
    private let rules: HandshakeRules

    public init(ledger: AgentLedger, rules: HandshakeRules = .init()) {
        self.ledger = ledger
        self.rules = rules
    }

    /// Offers a handshake to `audience`. `payload` stays with the caller; both sides sign its hash. `lifetime` is in seconds.
    ///
    /// - Throws: `node.unknown_agent`, `ledger.handshake_with_self`, `ledger.handshake_expired`.
    public func propose(
        as initiator: OpenIdentity, to audience: DID, capabilities: CapabilitySet, payload: JSONObject = JSONObject(),
        lifetime: Int64 = 3600
    ) throws -> HandshakeProposal {
        guard (1...rules.maximumLifetime).contains(lifetime) else {
            throw LedgerError(.handshakeExpired, "a handshake runs for 1 to \(rules.maximumLifetime) seconds")
        }
        let peer = try PartyDirectory(ledger.registry).current(audience).document
        return try ledger.appendJointly(as: [initiator]) { time in
            let proposal = try HandshakeProposal.make(
                from: RecordParty(initiator.document), key: initiator.keys.record, to: audience, capabilities: capabilities,
                terms: HandshakeTerms(
                    session: SessionID(SystemRandom.bytes(SessionID.byteCount)), counter: 0,
                    payloadHash: PayloadPrivacy.hash(payload), expires: time.advanced(bySeconds: lifetime)),
                nonce: SystemRandom.bytes(32), salt: SystemRandom.bytes(16), time: time)
            let event = Self.event(Self.proposalEvent, proposal.terms, proposal.record.id, peer, "initiator")
            return (JointWork(payloads: [[event]], records: [try NewRecord(proposal.record)]), proposal)
        }
    }

    /// Accepts a proposal. A copy of one that was answered before is refused, also after a restart.
    ///
    /// - Throws: `ledger.handshake_…`, `node.unknown_agent`.
    public func accept(
        _ message: [UInt8], as responder: OpenIdentity, capabilities: CapabilitySet
    ) throws -> HandshakeResponse {
        try ledger.recordingRefusal(of: "a2a respond") {
            let (proposal, peer) = try self.proposal(message, for: responder)
            return try ledger.appendJointly(as: [responder]) { time in
                let isAnswered = try isAnswered(proposal, by: responder)
                let party = try RecordParty(responder.document)
                let bytes = try proposal.accept(
                    as: party, key: responder.keys.record, capabilities: capabilities, nonce: SystemRandom.bytes(32),
                    salt: SystemRandom.bytes(16), now: time, rules: rules, seen: { _ in isAnswered })
                let response = try HandshakeResponse(verifying: bytes, by: party)
                let event = Self.event(Self.handshakeEvent, proposal.terms, response.record.id, peer, "responder")
                let records = try unknown([proposal.record]) + [NewRecord(response.record)]
                return (JointWork(payloads: [[event]], records: records), response)
            }
        }
    }

    /// Refuses a proposal with a signed no. `reason` is a short word such as `policy`.
    public func refuse(_ message: [UInt8], as responder: OpenIdentity, reason: String) throws -> HandshakeRefusal {
        try ledger.recordingRefusal(of: "a2a respond") {
            let (proposal, peer) = try self.proposal(message, for: responder)
            return try ledger.appendJointly(as: [responder]) { time in
                if try isAnswered(proposal, by: responder) {
                    throw LedgerError(.handshakeReplayed, "the proposal was answered before")
                }
                let refusal = try proposal.refuse(
                    as: RecordParty(responder.document), key: responder.keys.record, reason: reason,
                    salt: SystemRandom.bytes(16), now: time)
                let event = Self.event(Self.refusalEvent, proposal.terms, refusal.record.id, peer, "responder")
                let records = try unknown([proposal.record]) + [NewRecord(refusal.record)]
                return (JointWork(payloads: [[event]], records: records), refusal)
            }
        }
    }

    /// Confirms the answer to a proposal of this home. Confirming it again gives the same handshake.
    ///
    /// - Throws: `ledger.handshake_not_accepted` when the peer said no, which is stored; `node.not_found` when the
    ///   proposal was not made here; `ledger.handshake_…`.
    public func confirm(_ message: [UInt8], as initiator: OpenIdentity) throws -> Handshake {
        try ledger.recordingRefusal(of: "a2a confirm") {
            switch try HandshakeMessage(claimedBy: message) {
            case .response(let id, _, _):
                return try confirm(message, of: proposal(id, by: initiator), as: initiator)
            case .refusal(let id, _):
                let proposal = try proposal(id, by: initiator)
                let (party, _) = try PartyDirectory(ledger.registry).current(proposal.audience)
                let refusal = try HandshakeRefusal(verifying: message, of: proposal, by: party)
                let records = try unknown([refusal.record])
                if !records.isEmpty { _ = try ledger.store.append(records, moving: []) }
                throw LedgerError(.handshakeNotAccepted, "the peer refused: `\(refusal.reason)`")
            case .proposal, .handshake:
                throw LedgerError(.handshakeMalformed, "an answer to a proposal is expected here")
            }
        }
    }

    private func confirm(
        _ message: [UInt8], of proposal: HandshakeProposal, as initiator: OpenIdentity
    ) throws -> Handshake {
        let (party, document) = try PartyDirectory(ledger.registry).current(proposal.audience)
        let own = try RecordParty(initiator.document)
        let response = try HandshakeResponse(verifying: message, by: party)
        if let done = try finished(response, own, party) { return done }
        return try ledger.appendJointly(as: [initiator]) { time in
            if let done = try finished(response, own, party) { return (JointWork(payloads: [[]]), done) }
            let handshake = try proposal.confirm(
                message, as: own, from: party, key: initiator.keys.record, now: time, rules: rules)
            let event = Self.event(Self.handshakeEvent, handshake.terms, handshake.record.id, document, "initiator")
            let records = try unknown([response.record]) + [NewRecord(handshake.record)]
            return (JointWork(payloads: [[event]], records: records), handshake)
        }
    }
}

// MARK: what the store knows

extension HandshakeDesk {
    /// A proposal that came from a peer, verified with their latest registered document.
    private func proposal(
        _ message: [UInt8], for responder: OpenIdentity
    ) throws -> (HandshakeProposal, IdentityDocument) {
        guard case .proposal(let claim) = try HandshakeMessage(claimedBy: message) else {
            throw LedgerError(.handshakeMalformed, "a proposal is expected here")
        }
        let (party, document) = try PartyDirectory(ledger.registry).current(claim.did)
        let proposal = try HandshakeProposal(verifying: message, by: party)
        guard proposal.terms.counter == 0 else {
            throw LedgerError(.handshakeMalformed, "the proposal belongs to a session, which makes its own handshakes")
        }
        guard proposal.audience == responder.document.did else {
            throw LedgerError(.handshakeWrongAudience, "the proposal is addressed to `\(proposal.audience)`")
        }
        return (proposal, document)
    }

    /// The proposal that this home made.
    private func proposal(_ id: [UInt8], by initiator: OpenIdentity) throws -> HandshakeProposal {
        guard let stored = try ledger.store.record(id: id), stored.kind == HandshakeProposal.type else {
            throw NodeError(.notFound, "the answer is to a proposal that this home does not know")
        }
        return try HandshakeProposal(verifying: stored.bytes, by: RecordParty(initiator.document))
    }

    private func isAnswered(_ proposal: HandshakeProposal, by responder: OpenIdentity) throws -> Bool {
        let word = HandshakeNonce.word(of: proposal)
        return try ledger.store.hasNonce(word, of: Handshake.type)
            || ledger.store.hasNonce(word, of: responder.document.did.text)
    }

    /// The handshake that came of `response` already.
    private func finished(
        _ response: HandshakeResponse, _ initiator: RecordParty, _ responder: RecordParty
    ) throws -> Handshake? {
        let query = RecordQuery(kind: Handshake.type, session: response.terms.session.description, limit: 100)
        for record in try ledger.store.records(query) where record.id == response.record.id {
            guard case .handshake = try HandshakeMessage(claimedBy: record.bytes) else { continue }
            return try Handshake(verifying: record.bytes, initiator: initiator, responder: responder)
        }
        return nil
    }

    /// Those of `records` that are not in the store, byte for byte.
    private func unknown(_ records: [VerifiedRecord]) throws -> [NewRecord] {
        try records.filter { try ledger.store.record(id: $0.id)?.bytes != $0.bytes }.map { try NewRecord($0) }
    }

    /// The event about a step, for the chain of the agent who took it.
    private static func event(
        _ type: String, _ terms: HandshakeTerms, _ interaction: [UInt8], _ peer: IdentityDocument, _ role: String
    ) -> JSONObject {
        [
            "event_type": .string(type),
            "interaction_hash": .string(Hex.encode(interaction)),
            "my_role": .string(role),
            "peer_agent_id": .string(peer.agentID.text),
            "session_id": .string(terms.session.description),
        ]
    }
}
