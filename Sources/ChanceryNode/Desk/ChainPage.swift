public import ChanceryLedger
internal import ChanceryWire

/// A part of an agent's chain as it is stored: its events in order, and the seals that stand for signatures of some.
public struct ChainPage: Sendable {
    public let agentID: String
    /// Where the chain stands; nil before it begins.
    public let state: ChainState?
    public let events: [StoredRecord]
    /// The seals over the events, of a batch chain.
    public let seals: [StoredRecord]

    /// Whether more follows.
    public var isLast: Bool { (events.last?.sequence).map { $0 + 1 >= state?.count ?? 0 } ?? true }

    /// The events of `identity` after the `sequence`th, or from the first one on.
    ///
    /// - Parameter limit: most events, 1…1,000.
    public static func read(
        _ identity: IdentityDocument, after sequence: Int?, limit: Int, from store: any RecordStore & RecordIndex
    ) throws -> ChainPage {
        try store.atOneMoment {
            for id in [identity.agentID.text, identity.classicalAgentID.text] {
                guard let state = try store.chain(id) else { continue }
                return try read(id, state, after: sequence, limit: limit, from: store)
            }
            return ChainPage(agentID: identity.agentID.text, state: nil, events: [], seals: [])
        }
    }

    private static func read(
        _ agent: String, _ state: ChainState, after sequence: Int?, limit: Int, from store: any RecordStore & RecordIndex
    ) throws -> ChainPage {
        var query = RecordQuery(agent: agent, kind: state.profile, limit: limit)
        if let sequence { query.after = try position(of: sequence, agent, state, store) }
        let events = try store.records(query)
        guard let last = events.last, state.profile == BatchEvent.version else {
            return ChainPage(agentID: agent, state: state, events: events, seals: [])
        }
        // The seal over an event stands right behind those of its batch.
        let seals = RecordQuery(agent: agent, kind: BatchSeal.type, after: events.first?.position, limit: events.count + 1)
        var found = try store.records(seals)
        if let end = found.firstIndex(where: { $0.position > last.position }) { found.removeSubrange((end + 1)...) }
        return ChainPage(agentID: agent, state: state, events: events, seals: found)
    }

    /// The last position of the log at which the chain holds no event after the `sequence`th. Places and positions rise together.
    private static func position(
        of sequence: Int, _ agent: String, _ state: ChainState, _ store: any RecordStore & RecordIndex
    ) throws -> UInt64 {
        var (low, high): (UInt64, UInt64) = (0, try store.frontier().size)
        while low < high {
            let middle = low + (high - low) / 2
            let next = try store.records(RecordQuery(agent: agent, kind: state.profile, after: middle, limit: 1)).first
            if let found = next?.sequence, found <= sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
