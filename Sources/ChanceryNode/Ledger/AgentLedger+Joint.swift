internal import ChanceryLedger
internal import ChanceryWire

/// What one use case stores at once: events of several agents and records of ours.
struct JointWork {
    /// The payloads of each agent, in the order in which the agents were named.
    var payloads: [[JSONObject]]
    var records: [NewRecord] = []
    var moves: [ChainMove] = []
}

extension AgentLedger {
    /// Stores what `plan` makes in one durable step: the events of `agents` first, then the records. All or nothing.
    ///
    /// `plan` runs again with a fresh view of the store whenever another process was faster.
    func appendJointly<Value>(
        as agents: [OpenIdentity], _ plan: (UTCTime) throws -> (work: JointWork, result: Value)
    ) throws -> Value {
        try StoreConflict.retrying {
            let time = now()
            let seen = try RegistryState(store)
            for agent in agents { try requireActing(agent) }
            // The heads are read before the plan looks around: what happens after that, the swap notices.
            let writers = try agents.map { agent in
                try ChainWriter(agent, profile: ChainWriter.nativeProfile(of: agent, store), store: store, registry: registry)
            }
            let (work, result) = try plan(time)
            var records: [NewRecord] = []
            var moves = work.moves
            for (writer, payloads) in zip(writers, work.payloads) where !payloads.isEmpty {
                let events = try writer.write(payloads, at: time)
                records += events.records
                moves.append(events.move)
            }
            records += work.records
            if !records.isEmpty { _ = try store.append(records, moving: moves + seen.assertion) }
            return result
        }
    }
}

extension ChainWriter {
    /// The profile that the post-quantum chain of `identity` has, or AISS-2.1 before it begins.
    static func nativeProfile(of identity: OpenIdentity, _ store: any RecordStore) throws -> StampProfile {
        let state = try store.chain(identity.document.agentID.text)
        return state?.profile == BatchEvent.version ? .batch : .aiss21
    }
}
