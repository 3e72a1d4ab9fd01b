internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Rebuilds a session from its records as they stand in the store, in log order: there is no other state.
///
/// Every record is verified again. Records of other kinds that name the session are passed over.
struct SessionReplay {
    /// The kinds that make up a session besides its handshakes.
    static let kinds: Set<String> = [
        SessionStart.type, SessionStep.interactionType, SessionStep.stampType, SessionEnd.type, SessionState.sealType,
    ]

    private(set) var state: SessionState
    /// The latest record that was looked at.
    private(set) var position: UInt64
    private let keepsPayloads: Bool
    // Payloads of events whose step has not come yet, by the id of the step.
    private var disclosed: [String: [(agent: String, payload: JSONObject)]] = [:]

    init(start record: StoredRecord, parties: inout PartyDirectory, keepingPayloads: Bool) throws {
        let members = try SessionStart.claimedMembers(record.bytes).map { try parties.party($0) }
        state = try SessionState(start: record.bytes, registry: RecordRegistry(members))
        position = record.position
        keepsPayloads = keepingPayloads
    }

    /// - Throws: the rule that the record breaks.
    mutating func take(_ record: StoredRecord) throws {
        position = max(position, record.position)
        switch record.kind {
        case Handshake.type:
            // A handshake that stands alone may name any session; those of a session have counters from 1.
            guard try UnverifiedRecord(decoding: record.bytes).body["counter"]?.integer != 0 else { return }
            try state.admit(handshake: record.bytes)
        case SessionStep.interactionType, SessionStep.stampType:
            try state.admit(step: record.bytes, payload: payload(of: record))
        case SessionEnd.type: try state.admit(end: record.bytes)
        case SessionState.sealType: try state.admit(seal: record.bytes)
        case SessionStart.type: throw LedgerError(.sessionPhase, "the session starts a second time")
        default: if keepsPayloads { note(record) }
        }
    }

    private mutating func note(_ record: StoredRecord) {
        guard let (interaction, payload) = SessionEvent.disclosed(record) else { return }
        disclosed[interaction, default: []].append((record.agent, payload))
    }

    /// What the author's chain discloses for this step, if it is what the step's hash says; the chain is the author's
    /// own, so an event of somebody else says nothing.
    private mutating func payload(of record: StoredRecord) throws -> JSONObject? {
        guard let candidates = disclosed.removeValue(forKey: Hex.encode(record.id)) else { return nil }
        let body = try UnverifiedRecord(decoding: record.bytes).body
        guard let author = (body["from"] ?? body["did"])?.string, let hash = body["payload"]?.string,
            let member = state.start.members.first(where: { $0.agent.did.text == author })
        else { return nil }
        return candidates.first { candidate in
            guard member.agent.agentIDs.contains(candidate.agent), let found = try? PayloadPrivacy.hash(candidate.payload)
            else { return false }
            return Hex.encode(found) == hash
        }?.payload
    }

    /// Lets `body` continue the session; whether that is kept is the store's word.
    mutating func attempt<Value>(_ body: (inout SessionState) throws -> Value) throws -> Value { try body(&state) }

    // MARK: the head in the store

    /// The name of the session's head among the chains: two processes never both continue from the same one.
    static func chain(of session: SessionID) -> String { ChainState.sessionPrefix + session.description }

    var chainState: ChainState { state.chainState }
}

extension SessionState {
    /// Where the session stands, as a row among the chains.
    var chainState: ChainState {
        let time = end?.time ?? steps.last?.time ?? start.time
        return ChainState(
            count: Int(counter) + 1, head: Hex.encode(head), timestamp: time.seconds, profile: "chancery/session/v1",
            hasEnded: end != nil, seals: seals.count, lastSeal: seals.last.map { Hex.encode($0.id) } ?? "")
    }
}
