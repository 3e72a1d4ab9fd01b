internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryWire
internal import Synchronization

/// The gate's own chain: what was decided, answered, used and refused, in signed batches (rule P1).
///
/// One journal stands for one open identity. Several processes may write the same chain: each decides on what the chain
/// holds at the moment of writing, and the store lets only one of two writers in.
final class GateJournal: Sendable {
    /// Something to decide once the journal is up to date, and to write.
    struct Work: Sendable {
        /// What it is called in the record of a refusal.
        let name: String
        let agent: String
        let caller: String
        let decision: DecisionID?
        /// About how much memory the work holds.
        var bytes = 0
        /// Decides. Runs again when another process came first, so it changes nothing outside.
        let decide: @Sendable (_ view: borrowing GateView, _ time: UTCTime) throws -> Entry
    }

    /// What a work wants written.
    struct Entry: Sendable {
        let event: GateEvent
        /// Signed records that are stored along.
        let records: [NewRecord]

        init(_ event: GateEvent, along records: [NewRecord] = []) {
            self.event = event
            self.records = records
        }
    }

    /// A work that was written.
    struct Written: Sendable {
        let id: DecisionID
        let event: GateEvent
        let position: UInt64
    }

    private let store: any RecordStore & RecordIndex
    private let registry: IdentityRegistry
    private let identity: OpenIdentity
    private let now: @Sendable () -> UTCTime
    private let held = Mutex<GateReader?>(nil)
    private let known = Mutex<(registry: String?, chains: [String])?>(nil)

    init(
        store: any RecordStore & RecordIndex, registry: IdentityRegistry, identity: OpenIdentity,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.store = store
        self.registry = registry
        self.identity = identity
        self.now = now
    }

    var document: IdentityDocument { identity.document }

    /// Events of the gate as `query` asks for them; its chain and kind are given. What was written under keys that were
    /// rotated is among them.
    func records(_ query: RecordQuery) throws -> [StoredRecord] {
        let found = try chains().flatMap { chain in
            var own = query
            own.agent = chain
            own.kind = BatchEvent.version
            return try store.records(own)
        }.sorted { query.newestFirst ? $0.position > $1.position : $0.position < $1.position }
        return Array(found.prefix(query.limit))
    }

    /// The decision of an id, as it is stored; nil when there is none, or somebody else states it.
    func decision(_ id: DecisionID) throws -> StoredRecord? {
        guard let record = try store.record(id: id.bytes), record.kind == BatchEvent.version,
            record.eventType == GateDecision.eventType,
            try chains().contains(where: { $0.utf8.elementsEqual(record.agent.utf8) })
        else { return nil }
        return record
    }

    /// The agent ids under which the gate wrote, first keys first; kept until the registry moves.
    private func chains() throws -> [String] {
        let head = try RegistryState(store).state?.head
        if let known = known.withLock({ $0 }), known.registry == head { return known.chains }
        let chains = try registry.history(of: document.did).map(\.agentID.text)
        known.withLock { $0 = (head, chains) }
        return chains
    }

    /// Runs `body` on what the chain says now.
    ///
    /// - Throws: `gate.journal_broken` when the stored chain is not what the gate signed.
    func read<Value>(_ body: (borrowing GateView) throws -> Value) throws -> Value {
        try held.withLock { held in
            try refresh(&held)
            return try body(GateView(held?.state ?? GateState()))
        }
    }

    /// Decides and writes as many of `works` as one durable step takes. What a work throws is written as a refusal.
    ///
    /// - Returns: one result for each work, nil for one that has to wait for the next step. Each step takes some or writes down
    ///   lapses before them. Nothing of a result that the store threw has happened.
    func write(_ works: [Work]) -> [Result<Written, any Error>?] {
        do {
            return try StoreConflict.retrying { try step(works) }
        } catch {
            held.withLock { $0 = nil }
            return works.map { _ in .failure(error) }
        }
    }

    /// Writes down which questions nobody answered in time.
    func writeLapses() throws {
        let time = now()
        guard try read({ !$0.state.lapsed(at: time).isEmpty }) else { return }
        _ = try StoreConflict.retrying { try step([]) }
    }

    /// What a step is about to write, and what it was decided on.
    private struct Draft {
        let round: GateRound
        let work: ChainWriter.Work
        /// That the registry is as it was seen.
        let registry: [ChainMove]
        let time: UTCTime

        var records: [NewRecord] { round.entries.flatMap(\.records) }
    }

    /// Writes those of `works` that depend on none before them.
    private func step(_ works: [Work]) throws -> [Result<Written, any Error>?] {
        try held.withLock { held in
            guard let draft = try store.atOneMoment({ try draft(works, &held) }), var reader = held.take() else {
                // Whoever asked would ask again for ever.
                guard works.isEmpty else { throw NodeError(.rejected, "nothing was decided") }
                return []
            }
            // What was read stays true; what was not written is not applied.
            defer { held = reader }
            let extra = draft.records
            let first = try store.append(extra + draft.work.records, moving: [draft.work.move] + draft.registry)
            let receipts = draft.work.receipts(from: first + UInt64(extra.count))
            let written = try zip(draft.round.entries, receipts).map { entry, receipt in
                let id = try DecisionID(receipt.hash)
                reader.apply(entry.event, id, at: draft.time)
                return Written(id: id, event: entry.event, position: receipt.position)
            }
            reader.advance(to: draft.work.move.new, position: first + UInt64(extra.count + draft.work.records.count) - 1)
            return draft.round.results(written)
        }
    }

    /// Decides `works` on what the chain says now, and signs what comes of it. Nil when nothing does.
    private func draft(_ works: [Work], _ held: inout GateReader?) throws -> Draft? {
        let seen = try RegistryState(store)
        try registry.requireCurrent(identity)
        try refresh(&held)
        guard let reader = held else { return nil }
        let time = max(now(), reader.time)
        let round = GateRound(works, on: GateView(reader.state), lapsed: reader.state.lapsed(at: time), at: time)
        guard !round.entries.isEmpty else { return nil }
        let writer = try ChainWriter(identity, profile: .batch, store: store, registry: registry)
        // What was decided holds for the chain that was read; another process may have written since.
        guard writer.state == reader.chain else {
            throw NodeError(.storeConflict, "the chain of the gate moved while it was decided")
        }
        return Draft(
            round: round, work: try writer.write(round.entries.map(\.event.payload), at: time), registry: seen.assertion,
            time: time)
    }

    private func refresh(_ held: inout GateReader?) throws {
        var reader = try held.take() ?? GateReader(store: store, identities: registry.history(of: identity.document.did))
        try reader.advance(store, at: now())
        held = reader
    }
}
