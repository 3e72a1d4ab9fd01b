internal import ChanceryEvidence
internal import ChanceryGate
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// The records of an evidence file that is being put together.
struct EvidenceDraft {
    struct Entry {
        let record: StoredRecord
        let place: EvidenceRecord.Place?
    }

    private let desk: EvidenceDesk
    private(set) var records: [UInt64: Entry] = [:]
    private(set) var parties = EvidenceParties()
    /// Batches that were read, by the position of their seal.
    private var batches: [UInt64: Batch] = [:]

    private struct Batch {
        let seal: BatchSeal
        let leaves: [Digest256]
    }

    private var store: any RecordStore & RecordIndex { desk.store }

    init(_ desk: EvidenceDesk) { self.desk = desk }

    // MARK: questions

    mutating func addAction(_ id: DecisionID) throws -> EvidenceQuestion {
        let (decision, end) = try addCase(id)
        try addIdentity(of: DID(decision.facts.agent), as: \.agent)
        try addFederation(at: end)
        return .action(id)
    }

    mutating func addRecord(at position: UInt64) throws -> EvidenceQuestion {
        let query = RecordQuery(after: position == 0 ? nil : position - 1, limit: 1)
        guard let record = try store.records(query).first, record.position == position else {
            throw EvidenceError(.nothingToShow, "there is no record at position \(position)")
        }
        if record.kind == BatchEvent.version, let type = record.eventType, GateEvent.eventTypes.contains(type),
            try isGates(record.agent)
        {
            if type == GateDecision.eventType { return try addAction(DecisionID(record.id)) }
            if let decision = record.session { return try addAction(DecisionID(decision)) }
        }
        guard record.sequence != nil else {
            throw EvidenceError(.nothingToShow, "record \(position) is no event; ask about an event, a decision or a slot")
        }
        let owner = try owner(of: record.agent)
        try addIdentity(of: owner.did, as: \.agent)
        for neighbour in [record, try event(before: record) ?? rotation(before: record), try event(after: record)] {
            if let neighbour { try add(event: neighbour) }
        }
        if let named = try Self.namedDecision(record), let (_, decision) = try gateDecision(named),
            decision.facts.agent == owner.did.text
        {
            try addFederation(at: addCase(named).end)
        }
        return .event(record.id)
    }

    mutating func addPeriod(_ chain: String, _ from: UTCTime, _ until: UTCTime) throws -> EvidenceQuestion {
        guard from < until else { throw EvidenceError(.nothingToShow, "a period ends after it begins") }
        let owner = try owner(of: chain)
        try addIdentity(of: owner.did, as: \.agent)
        var query = RecordQuery(agent: chain, from: from.milliseconds, until: until.milliseconds, limit: 1000)
        try forEach(&query) { draft, record in
            if record.sequence != nil { try draft.add(event: record) }
        }
        let before = RecordQuery(agent: chain, until: from.milliseconds, limit: 100, newestFirst: true)
        let after = RecordQuery(agent: chain, from: until.milliseconds, limit: 100)
        for query in [before, after] {
            if let neighbour = try store.records(query).first(where: { $0.sequence != nil }) { try add(event: neighbour) }
        }
        let events = records.values.map(\.record).filter { $0.sequence != nil }
        guard let first = events.min(by: { $0.position < $1.position }) else {
            throw EvidenceError(.nothingToShow, "the chain of `\(chain)` has no events")
        }
        if let rotation = try rotation(before: first) { try add(event: rotation) }
        try addDecisions(about: owner.did, from, until)
        return .period(chain: chain, from: from, until: until)
    }

    mutating func addSlot(_ slot: Int64) throws -> EvidenceQuestion {
        // Slot 0 is the genesis, which nobody decided.
        let found = try addFederation { decision, _ in decision.slot <= slot }
        guard slot > 0, found == slot else { throw EvidenceError(.nothingToShow, "slot \(slot) is not decided here") }
        return .decision(slot: slot)
    }

    // MARK: the gate

    /// What the home's gate decided about an agent in a period.
    private mutating func addDecisions(about agent: DID, _ from: UTCTime, _ until: UTCTime) throws {
        guard let gate = desk.gate, gate != agent else { return }
        var latest: UTCTime?
        for document in try desk.registry.history(of: gate) {
            var query = RecordQuery(
                agent: document.agentID.text, eventType: GateDecision.eventType, kind: BatchEvent.version,
                from: from.milliseconds - 1000, until: until.milliseconds, limit: 1000)
            try forEach(&query) { draft, record in
                let decision = try GateDecision(BatchEvent(decoding: record.bytes).payload)
                guard decision.facts.agent == agent.text, decision.time >= from, decision.time < until else { return }
                let end = try draft.addCase(DecisionID(record.id)).end
                latest = max(latest ?? end, end)
            }
        }
        if let latest { try addFederation(at: latest) }
    }

    /// Whether the home's gate writes this chain: anybody's key can write what looks like a decision, and chains of other
    /// homes hold decisions of other gates.
    private func isGates(_ chain: String) throws -> Bool {
        guard let gate = desk.gate, case .identity(let document)? = try desk.registry.entry(for: chain) else { return false }
        return document.did == gate
    }

    /// What the home's gate decided under this name.
    private func gateDecision(_ id: DecisionID) throws -> (record: StoredRecord, decision: GateDecision)? {
        guard let record = try store.record(id: id.bytes), record.kind == BatchEvent.version,
            record.eventType == GateDecision.eventType, try isGates(record.agent)
        else { return nil }
        return (record, try GateDecision(BatchEvent(decoding: record.bytes).payload))
    }

    /// A decision, its policy and all that followed.
    ///
    /// - Returns: also when the permission was used or, without a later use, when it was decided.
    private mutating func addCase(_ id: DecisionID) throws -> (decision: GateDecision, end: UTCTime) {
        guard let (record, decision) = try gateDecision(id) else {
            throw EvidenceError(.nothingToShow, "the gate of this home made no decision `\(id.short)`")
        }
        var end = decision.time
        let gate = try owner(of: record.agent)
        try addIdentity(of: gate.did, as: \.gate)
        try add(event: record)
        let chains = try desk.registry.history(of: gate.did).map(\.agentID.text)
        if let hash = decision.policy, let policy = try policy(hash, before: record.position, in: chains) {
            try add(event: policy)
        }
        let kinds = GateEvent.eventTypes.subtracting([GateDecision.eventType, PolicyActivation.eventType])
        for chain in chains {
            for kind in kinds {
                let query = RecordQuery(
                    agent: chain, eventType: kind, kind: BatchEvent.version, session: id.text, after: record.position,
                    limit: 100)
                for following in try store.records(query) {
                    try add(event: following)
                    let event = try BatchEvent(decoding: following.bytes)
                    switch try GateEvent(event.payload) {
                    case .answer(let answer): try add(answer)
                    case .redemption: end = max(end, UTCTime(seconds: event.timestamp))
                    default: continue
                    }
                }
            }
        }
        return (decision, end)
    }

    private func policy(_ hash: [UInt8], before position: UInt64, in chains: [String]) throws -> StoredRecord? {
        for chain in chains.reversed() {
            let query = RecordQuery(
                agent: chain, eventType: PolicyActivation.eventType, kind: BatchEvent.version, after: position, limit: 10_000,
                newestFirst: true)
            for record in try store.records(query) {
                if try PolicyActivation(BatchEvent(decoding: record.bytes).payload).hash == hash { return record }
            }
        }
        return nil
    }

    /// The person's signed answer, and who the person is.
    private mutating func add(_ answer: GateEvent.Answer) throws {
        guard let approval = try store.record(id: answer.record) else { return }
        add(approval)
        var query = RecordQuery(kind: Approver.kind, limit: 1000)
        var isFound = false
        try forEach(&query) { draft, record in
            guard !isFound, try Approver(statement: record.bytes).id == answer.approver else { return }
            isFound = true
            draft.add(record)
        }
    }

    private static func namedDecision(_ record: StoredRecord) throws -> DecisionID? {
        let value = try JSONParser.parse(record.bytes, limits: .init(bytes: Event.maximumBytes, depth: Event.maximumDepth))
        return (value["payload"]?["decision"]?.string).flatMap { try? DecisionID($0) }
    }

    // MARK: federation

    private mutating func addFederation(at time: UTCTime) throws {
        guard let genesis = try store.records(RecordQuery(kind: Genesis.type, limit: 1)).first,
            try Genesis(decoding: genesis.bytes).time <= time
        else { return }
        // One decision more shows that none before it is missing; it is left out where no checkpoint covers it yet.
        let size = try desk.publishedSize()
        var isOver = false
        try addFederation { decision, position in
            defer { isOver = isOver || decision.block.context.time > time }
            return !isOver && (decision.block.context.time <= time || position < size)
        }
    }

    /// - Returns: the last slot that was added.
    @discardableResult
    private mutating func addFederation(upTo isWanted: (Decision, UInt64) -> Bool) throws -> Int64 {
        guard let genesis = try store.records(RecordQuery(kind: Genesis.type, limit: 1)).first else {
            throw EvidenceError(.nothingToShow, "this home belongs to no federation")
        }
        add(genesis)
        parties.federation = Hex.encode(genesis.id)
        var last: Int64 = 0
        var query = RecordQuery(kind: Decision.type, limit: 256)
        try forEach(&query) { draft, record in
            let decision = try Decision(decoding: record.bytes)
            guard isWanted(decision, record.position) else { return }
            draft.add(record)
            last = decision.slot
        }
        return last
    }

    // MARK: records

    /// The identity document under which a chain is written.
    private func owner(of chain: String) throws -> IdentityDocument {
        guard case .identity(let document)? = try desk.registry.entry(for: chain) else {
            throw EvidenceError(.nothingToShow, "the identity of agent `\(chain.prefix(64))` is not in this home")
        }
        return document
    }

    private mutating func addIdentity(of did: DID, as party: WritableKeyPath<EvidenceParties, String?>) throws {
        parties[keyPath: party] = did.text
        for document in try desk.registry.history(of: did) {
            if let record = try store.record(id: document.hash) { add(record) }
        }
    }

    private mutating func add(_ record: StoredRecord) { records[record.position] = Entry(record: record, place: nil) }

    /// An event, and the seal over it where it has one.
    private mutating func add(event record: StoredRecord) throws {
        guard record.kind == BatchEvent.version else { return add(record) }
        let query = RecordQuery(agent: record.agent, kind: BatchSeal.type, after: record.position, limit: 1)
        guard let sequence = record.sequence, let sealed = try store.records(query).first else {
            throw EvidenceError(.nothingToShow, "nobody signed the event at \(record.position)")
        }
        let batch = try batch(under: sealed)
        let index = sequence - batch.seal.claims.firstSequence
        guard batch.leaves.indices.contains(index) else {
            throw EvidenceError(.nothingToShow, "the seal after record \(record.position) does not cover it")
        }
        let path = try MerkleTree.path(of: index, in: batch.leaves)
        add(sealed)
        records[record.position] = Entry(
            record: record, place: EvidenceRecord.Place(seal: sealed.position, sequence: sequence, path: path))
    }

    private mutating func batch(under record: StoredRecord) throws -> Batch {
        if let known = batches[record.position] { return known }
        let seal = try BatchSeal.verify(UnverifiedRecord(decoding: record.bytes), by: owner(of: record.agent))
        // The events of a batch stand right before their seal.
        let count = UInt64(clamping: seal.claims.count)
        let query = RecordQuery(
            agent: record.agent, kind: BatchEvent.version, after: record.position > count ? record.position - count - 1 : nil,
            limit: seal.claims.count)
        let events = try store.records(query).map { try BatchEvent(decoding: $0.bytes) }
        try seal.verify(events)
        let batch = Batch(seal: seal, leaves: events.enumerated().map { $1.leaf(at: seal.claims.firstSequence + $0) })
        batches[record.position] = batch
        return batch
    }

    private func event(before record: StoredRecord) throws -> StoredRecord? {
        guard let sequence = record.sequence, sequence > 0 else { return nil }
        let query = RecordQuery(agent: record.agent, after: record.position, limit: 1000, newestFirst: true)
        return try store.records(query).first { $0.sequence == sequence - 1 }
    }

    /// The rotation that the first event of a chain continues: the end of the agent's chain before.
    private func rotation(before record: StoredRecord) throws -> StoredRecord? {
        guard record.sequence == 0 else { return nil }
        let value = try JSONParser.parse(record.bytes, limits: .init(bytes: Event.maximumBytes, depth: Event.maximumDepth))
        guard let hash = value["previous_hash"]?.string, let id = try? Hex.decode(hash) else { return nil }
        return try store.record(id: id)
    }

    private func event(after record: StoredRecord) throws -> StoredRecord? {
        let query = RecordQuery(agent: record.agent, after: record.position, limit: 1000)
        return try store.records(query).first { $0.sequence == record.sequence.map { $0 + 1 } }
    }

    private mutating func forEach(
        _ query: inout RecordQuery, _ body: (inout EvidenceDraft, StoredRecord) throws -> Void
    ) throws {
        while true {
            let page = try store.records(query)
            for record in page { try body(&self, record) }
            guard page.count == query.limit else { return }
            guard records.count <= Evidence.maximumRecords else {
                throw EvidenceError(.tooLarge, "the answer has more records than one file holds; ask about less")
            }
            query.after = page.last?.position
        }
    }
}
