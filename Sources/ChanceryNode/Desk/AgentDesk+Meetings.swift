public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What several agents of the home sign together. Whoever asks for it answers for all of them.
extension AgentDesk {
    /// Shakes hands for both sides: the peer accepts what the agent proposes, and both chains say so. May wait.
    ///
    /// - Throws: as ``HandshakeDesk`` does. What was written before a failure stays, as between two homes.
    public func shakeHands(
        _ agent: String, with peer: String, capabilities: [String], payload: JSONObject, lifetime: Int64
    ) throws -> Handshake {
        let (initiator, responder) = (try open(agent), try open(peer))
        let (desk, offered) = (HandshakeDesk(ledger: ledger), try CapabilitySet(capabilities))
        return try ledger.recordingRefusal(of: "a2a propose") {
            let proposal = try desk.propose(
                as: initiator, to: responder.document.did, capabilities: offered, payload: payload, lifetime: lifetime)
            let response = try desk.accept(proposal.record.bytes, as: responder, capabilities: offered)
            return try desk.confirm(response.record.bytes, as: initiator)
        }
    }

    /// A member of a session that is about to start.
    public struct Member: Sendable {
        public let agent: String
        /// Nil for its registered role.
        public let role: String?

        public init(_ agent: String, role: String?) {
            self.agent = agent
            self.role = role
        }
    }

    /// Starts a session of agents of this home; may wait.
    ///
    /// - Throws: as ``SessionDesk/start(_:lifetime:)``, and `ledger.session_malformed` for a member twice or a role that is none.
    public func startSession(_ members: [Member], lifetime: Int64) throws -> SessionState {
        try ledger.recordingRefusal(of: "session start") {
            guard SessionStart.memberCounts.contains(members.count) else {
                throw LedgerError(.sessionMalformed, "a session has 2 to 16 members")
            }
            let seats = try members.map { member in
                let role = try member.role ?? directory.agent(member.agent).record.role
                guard (1...64).contains(role.utf8.count) else {
                    throw LedgerError(.sessionMalformed, "a role has 1 to 64 bytes")
                }
                return SessionDesk.Seat(try open(member.agent), role: role)
            }
            guard Set(seats.map(\.identity.name)).count == seats.count else {
                throw LedgerError(.sessionMalformed, "a member is named twice")
            }
            return try sessions.start(seats, lifetime: lifetime)
        }
    }

    /// Puts a step of a session on record; with `peer`, signed by both. May wait.
    ///
    /// - Throws: as ``SessionDesk/stamp(_:from:to:eventType:payload:clear:)``.
    public func stamp(
        in session: SessionID, from agent: String, to peer: String?, eventType: String, payload: JSONObject, clear: [String]
    ) throws -> SessionStep {
        try sessions.stamp(
            session, from: open(agent), to: peer.map { try open($0) }, eventType: eventType, payload: payload, clear: clear)
    }

    /// Ends a session, which every member seals; may wait.
    ///
    /// - Throws: as ``SessionDesk/end(_:by:members:)``, and `ledger.session_foreign_member`.
    public func endSession(_ session: SessionID, by agent: String) throws -> SessionState {
        let closer = try directory.agent(agent).identity.did
        let members = try sessions.state(of: session).start.members.map(\.agent.did)
        guard members.contains(closer) else {
            throw LedgerError(.sessionForeignMember, "`\(agent)` is not a member of the session")
        }
        let identities = try members.map { try open($0.text) }
        guard let by = identities.first(where: { $0.document.did == closer }) else {
            throw LedgerError(.sessionForeignMember, "`\(agent)` is not a member of the session")
        }
        return try sessions.end(session, by: by, members: identities)
    }

    /// The session, verified from its records; may wait.
    public func session(_ session: SessionID) throws -> SessionState { try sessions.state(of: session) }

    /// The document that a stranger verifies: sealed, or of what was signed so far.
    ///
    /// - Throws: `ledger.session_phase` for the one where there is the other.
    public func export(_ session: SessionID, sealed: Bool) throws -> [UInt8] {
        sealed ? try sessions.export(session) : try sessions.excerpt(session)
    }

    /// Whether an agent is a member of a session.
    public func isMember(_ agent: String, of session: SessionState) throws -> Bool {
        let did = try directory.agent(agent).identity.did
        return session.start.members.contains { $0.agent.did == did }
    }
}
