public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire
internal import Synchronization

/// Runs sessions whose members are all identities of this home.
///
/// The store is the only state: each call rebuilds the session from its records, so that a restart between any two
/// steps changes nothing. Each step is stored with the members' chain events in one durable append, and moves the
/// session's head by compare-and-swap, so that several processes can work on one session.
public final class SessionDesk: Sendable {
    /// A member to be.
    public struct Seat: Sendable {
        public let identity: OpenIdentity
        public let role: String

        public init(_ identity: OpenIdentity, role: String) {
            self.identity = identity
            self.role = role
        }
    }

    /// What every handshake inside a session offers.
    public static let capability = "session"
    /// Sessions that are kept verified between calls.
    private static let cacheSize = 32

    private let ledger: AgentLedger
    private let rules: HandshakeRules
    private let known = Mutex<[SessionID: SessionReplay]>([:])

    public init(ledger: AgentLedger, rules: HandshakeRules = .init()) {
        self.ledger = ledger
        self.rules = rules
    }

    /// Starts a session: the first of `seats` signs the start, and every pair shakes hands. `lifetime` is in seconds.
    ///
    /// - Throws: `ledger.session_malformed` for other than 2 to 16 members, `ledger.session_time` for a lifetime longer
    ///   than handshakes may run.
    public func start(_ seats: [Seat], lifetime: Int64 = 86_400) throws -> SessionState {
        guard let starter = seats.first, SessionStart.memberCounts.contains(seats.count) else {
            throw LedgerError(.sessionMalformed, "a session has 2 to 16 members")
        }
        guard (1...rules.maximumLifetime).contains(lifetime) else {
            throw LedgerError(.sessionTime, "a session runs for 1 to \(rules.maximumLifetime) seconds")
        }
        let session = try SessionID(SystemRandom.bytes(SessionID.byteCount))
        return try ledger.appendJointly(as: seats.map(\.identity)) { time in
            let parties = try seats.map { try RecordParty($0.identity.document) }
            let start = try SessionStart.make(
                session: session,
                members: zip(parties, seats).map { .init($0, name: $1.identity.name.text, role: $1.role) },
                starter: parties[0], key: starter.identity.keys.record, time: time,
                expires: time.advanced(bySeconds: lifetime), salt: SystemRandom.bytes(16))
            var state = try SessionState(start: start.record.bytes, registry: RecordRegistry(parties))
            var records = [try NewRecord(start.record)]
            while let next = state.nextHandshake {
                records += try shakeHands(next, seats, time, &state)
            }
            let payloads = seats.map { seat in
                start.members.filter { $0.agent.did == seat.identity.document.did }.map { SessionEvent.start(start, for: $0) }
            }
            let move = ChainMove(agent: SessionReplay.chain(of: session), from: nil, to: state.chainState)
            return (JointWork(payloads: payloads, records: records, moves: [move]), state)
        }
    }

    /// The proposal and the handshake of the next pair.
    private func shakeHands(
        _ next: (initiator: DID, responder: DID, terms: HandshakeTerms), _ seats: [Seat], _ time: UTCTime,
        _ state: inout SessionState
    ) throws -> [NewRecord] {
        guard let one = seats.first(where: { $0.identity.document.did == next.initiator })?.identity,
            let two = seats.first(where: { $0.identity.document.did == next.responder })?.identity
        else { throw LedgerError(.sessionForeignMember, "a member has no seat") }
        let (initiator, responder) = (try RecordParty(one.document), try RecordParty(two.document))
        let capabilities = try CapabilitySet([Self.capability])
        let proposal = try HandshakeProposal.make(
            from: initiator, key: one.keys.record, to: next.responder, capabilities: capabilities, terms: next.terms,
            nonce: SystemRandom.bytes(32), salt: SystemRandom.bytes(16), time: time)
        let response = try proposal.accept(
            as: responder, key: two.keys.record, capabilities: capabilities, nonce: SystemRandom.bytes(32),
            salt: SystemRandom.bytes(16), now: time, rules: rules, seen: { _ in false })
        let handshake = try proposal.confirm(
            response, as: initiator, from: responder, key: one.keys.record, now: time, rules: rules)
        try state.admit(handshake: handshake.record.bytes)
        return [try NewRecord(proposal.record), try NewRecord(handshake.record)]
    }

    /// Puts a step on record: with `peer`, signed by both. Values of `payload` are hashed unless `clear` names them.
    ///
    /// - Throws: `node.not_found`, `ledger.session_…`, `ledger.payload_…`, `node.rejected` when a member's keys are not
    ///   those that the session started with.
    public func stamp(
        _ session: SessionID, from author: OpenIdentity, to peer: OpenIdentity? = nil, eventType: String,
        payload: JSONObject, clear: [String] = []
    ) throws -> SessionStep {
        let disclosed = try PayloadPrivacy.disclose(payload, clear: clear)
        return try move(session, as: [author] + (peer.map { [$0] } ?? [])) { state, time in
            var bytes = try state.makeStep(
                from: try Self.party(author, in: state), to: try peer.map { try Self.party($0, in: state).did },
                eventType: eventType, payload: disclosed, time: time, salt: SystemRandom.bytes(16), key: author.keys.record)
            if let peer {
                bytes = try state.countersign(
                    bytes, payload: disclosed, as: Self.party(peer, in: state), key: peer.keys.record)
            }
            try state.admit(step: bytes, payload: disclosed)
            guard let step = state.steps.last else { throw LedgerError(.sessionPhase, "the step was not admitted") }
            var payloads = [
                [try SessionEvent.step(step, in: session, payload: disclosed, role: "initiator", peer: peer?.document)]
            ]
            if peer != nil {
                payloads.append([
                    try SessionEvent.step(step, in: session, payload: disclosed, role: "responder", peer: author.document)
                ])
            }
            return (JointWork(payloads: payloads, records: [try NewRecord(step.record)]), step)
        }
    }

    /// Ends a session and seals it: `by` signs the end, then every member signs the whole.
    ///
    /// - Throws: `node.key_missing` unless `members` holds every member.
    public func end(_ session: SessionID, by member: OpenIdentity, members: [OpenIdentity]) throws -> SessionState {
        try move(session, as: members) { state, time in
            let end = try state.makeEnd(
                by: Self.party(member, in: state), key: member.keys.record, time: time, salt: SystemRandom.bytes(16))
            try state.admit(end: end)
            guard let end = state.end else { throw LedgerError(.sessionPhase, "the end was not admitted") }
            for seat in state.start.members {
                guard let identity = members.first(where: { $0.document.did == seat.agent.did }) else {
                    throw NodeError(.keyMissing, "every member seals a session: the keys of `\(seat.name)` are needed")
                }
                let party = try Self.party(identity, in: state)
                try state.admit(
                    seal: state.makeSeal(by: party, key: identity.keys.record, time: time, salt: SystemRandom.bytes(16)))
            }
            let records = try ([end.record] + state.seals).map { try NewRecord($0) }
            let payloads = members.map { _ in [SessionEvent.end(end, of: session)] }
            return (JointWork(payloads: payloads, records: records), state)
        }
    }

    /// The session as its records tell.
    ///
    /// - Throws: `node.not_found`, or what is wrong with a stored record.
    public func state(of session: SessionID) throws -> SessionState { try replay(session).state }

    /// The document that a stranger verifies: see ``Session/verify(_:registry:)``.
    ///
    /// - Throws: `ledger.session_phase` before the session has ended.
    public func export(_ session: SessionID) throws -> [UInt8] { try Session.export(state(of: session)) }

    /// The document of a session that is still open, or that a member keeps from ending.
    ///
    /// - Throws: `ledger.session_phase` after the end.
    public func excerpt(_ session: SessionID) throws -> [UInt8] { try Session.excerpt(state(of: session)) }

    // MARK: moving on

    /// Carries out `step` on the session's current state; what it admitted becomes the new head, or nothing happens.
    private func move<Value>(
        _ session: SessionID, as agents: [OpenIdentity],
        _ step: (inout SessionState, UTCTime) throws -> (JointWork, Value)
    ) throws -> Value {
        try ledger.recordingRefusal(of: "session \(session)") {
            try ledger.appendJointly(as: agents) { time in
                let chain = SessionReplay.chain(of: session)
                let head = try ledger.store.chain(chain)
                var replay = try replay(session)
                guard let head, head == replay.chainState else {
                    throw NodeError(.storeConflict, "the session `\(session)` has moved")
                }
                var (work, result) = try replay.attempt { try step(&$0, time) }
                work.moves.append(ChainMove(agent: chain, from: head, to: replay.chainState))
                return (work, result)
            }
        }
    }

    /// The session, verified up to the latest record in the store.
    private func replay(_ session: SessionID) throws -> SessionReplay {
        var replay = known.withLock { $0[session] }
        var parties = PartyDirectory(ledger.registry)
        var query = RecordQuery(session: session.description, after: replay?.position, limit: 10_000)
        while true {
            let page = try ledger.store.records(query)
            for record in page {
                if replay != nil {
                    try replay?.take(record)
                } else if record.kind == SessionStart.type {
                    replay = try SessionReplay(start: record, parties: &parties, keepingPayloads: true)
                }
            }
            guard page.count == query.limit, let last = page.last else { break }
            query.after = last.position
        }
        guard let replay else { throw NodeError(.notFound, "there is no session `\(session)`") }
        known.withLock { cache in
            if cache.count >= Self.cacheSize, cache[session] == nil { cache.removeAll() }
            cache[session] = replay
        }
        return replay
    }

    /// The member that `identity` is, under the keys that the session started with.
    private static func party(_ identity: OpenIdentity, in state: SessionState) throws -> RecordParty {
        let party = try RecordParty(identity.document)
        guard let member = state.start.members.first(where: { $0.agent.did == party.did }) else {
            throw LedgerError(.sessionForeignMember, "`\(identity.name)` is not a member of the session")
        }
        guard member.agent == party.statement else {
            throw NodeError(
                .rejected, "the keys of `\(identity.name)` were rotated since the session started; start a new session")
        }
        return party
    }
}
