internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Verifies the handshakes and sessions of a store while its records pass by in log order.
struct SessionAudit {
    static let kinds = SessionReplay.kinds.union([HandshakeProposal.type, Handshake.type, HandshakeRefusal.type])

    private var parties: PartyDirectory
    private var sessions: [String: SessionReplay] = [:]

    init(registry: IdentityRegistry) { parties = PartyDirectory(registry) }

    /// Where each session stands, by the name of its head.
    var states: [String: ChainState] {
        Dictionary(
            sessions.values.map { (SessionReplay.chain(of: $0.state.start.session), $0.chainState) },
            uniquingKeysWith: { first, _ in first })
    }

    /// - Throws: what is wrong with `record`, which is of one of ``kinds``.
    mutating func check(_ record: StoredRecord) throws {
        guard !SessionReplay.kinds.contains(record.kind) else { return try continueSession(record) }
        switch try HandshakeMessage(claimedBy: record.bytes) {
        case .proposal(let by): _ = try HandshakeProposal(verifying: record.bytes, by: parties.party(by))
        case .refusal(_, let by): _ = try HandshakeRefusal(verifying: record.bytes, by: parties.party(by))
        case .response(_, _, let by): _ = try HandshakeResponse(verifying: record.bytes, by: parties.party(by))
        case .handshake(let initiator, let responder):
            let handshake = try Handshake(
                verifying: record.bytes, initiator: parties.party(initiator), responder: parties.party(responder))
            if handshake.terms.counter > 0 { try continueSession(record) }
        }
    }

    private mutating func continueSession(_ record: StoredRecord) throws {
        guard let name = record.session else { throw LedgerError(.sessionMalformed, "the record names no session") }
        if sessions[name] != nil {
            try sessions[name]?.take(record)
        } else if record.kind == SessionStart.type {
            sessions[name] = try SessionReplay(start: record, parties: &parties, keepingPayloads: false)
        } else {
            throw LedgerError(.sessionPhase, "session `\(name)` has no start before this record")
        }
    }
}
