public import ChanceryEvidence
public import ChanceryGate
public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// Makes evidence files: finds everything that answers a question, with the proofs under the published checkpoint.
public struct EvidenceDesk: Sendable {
    /// What somebody wants to know.
    public enum Request: Sendable {
        /// A decision of the gate.
        case decision(DecisionID)
        /// The record at a position: an event, or a decision of the gate or what followed one.
        case record(UInt64)
        /// What an agent's chain holds from one time on, until another.
        case period(chain: String, from: UTCTime, until: UTCTime)
        /// What a committee decided in a slot.
        case slot(Int64)
    }

    let store: any RecordStore & RecordIndex
    let registry: IdentityRegistry
    private let log: TransparencyLog
    /// Whose decisions about an agent belong to a period; nil in a home without a gate.
    let gate: DID?

    public init(store: any RecordStore & RecordIndex, registry: IdentityRegistry, log: TransparencyLog, gate: DID?) {
        self.store = store
        self.registry = registry
        self.log = log
        self.gate = gate
    }

    /// The evidence, whose file was read again and verified as a stranger would who pinned everything.
    ///
    /// - Throws: `evidence.nothing_to_show` when the home has no answer, or one that no published checkpoint covers,
    ///   `evidence.too_large`, `store.corrupt` when records of this home do not verify, and what the store throws.
    public func build(_ request: Request) throws -> Evidence {
        var draft = EvidenceDraft(self)
        let question: EvidenceQuestion
        switch request {
        case .decision(let id): question = try draft.addAction(id)
        case .record(let position): question = try draft.addRecord(at: position)
        case .period(let chain, let from, let until): question = try draft.addPeriod(chain, from, until)
        case .slot(let slot): question = try draft.addSlot(slot)
        }
        guard let keys = try log.verifierKeys() else {
            throw EvidenceError(.nothingToShow, "the log has not been started; `log checkpoint` does it")
        }
        let (note, paths) = try log.paths(of: draft.records.keys.sorted())
        let records = draft.records.values.map {
            EvidenceRecord(
                kind: $0.record.kind, bytes: $0.record.bytes, position: $0.record.position,
                path: paths[$0.record.position] ?? [],
                place: $0.place)
        }
        func evidence(_ claim: EvidenceGrade) throws -> Evidence {
            try Evidence(
                question, parties: draft.parties, keys: keys.map(\.text), checkpoint: note, records: records, claim: claim)
        }
        let file = try evidence(.a).encoded()
        do {
            // Of the file and not of its parts: whoever gets it has nothing else.
            return try evidence(EvidenceVerifier.claim(of: Evidence(decoding: file)))
        } catch let error as any CodedError {
            // Whoever gets the file would refuse it; what is wrong is wrong with this home.
            throw NodeError(.storeCorrupt, "the records of this home do not verify: \(error)")
        }
    }

    /// How a verifier pins what `evidence` rests on: what the caller tells him by another way.
    public static func pins(of evidence: Evidence) throws -> [String] {
        EvidenceVerifier().verify(try evidence.encoded()).roots.map(\.pin)
    }

    /// How many records the published checkpoint covers.
    func publishedSize() throws -> UInt64 {
        guard let note = try log.publishedNote() else { return 0 }
        return try UnverifiedCheckpoint(decoding: note).checkpoint.head.size
    }

    /// The other chains of the agent that have events in the period that `question` asks about; none for other questions.
    public func otherChains(of question: EvidenceQuestion) throws -> [String] {
        guard case .period(let chain, let from, let until) = question,
            case .identity(let document)? = try registry.entry(for: chain)
        else { return [] }
        let chains = try registry.history(of: document.did).flatMap { [$0.agentID.text, $0.classicalAgentID.text] }
        return try chains.filter { other in
            let query = RecordQuery(agent: other, from: from.milliseconds, until: until.milliseconds, limit: 100)
            return try !other.utf8.elementsEqual(chain.utf8) && store.records(query).contains { $0.sequence != nil }
        }
    }

    /// The id of the decision that begins with `prefix`.
    ///
    /// - Throws: `evidence.nothing_to_show` for none or more than one.
    public func decision(_ prefix: String) throws -> DecisionID {
        if let id = try? DecisionID(prefix) { return id }
        let query = RecordQuery(
            eventType: GateDecision.eventType, kind: BatchEvent.version, limit: 10_000, newestFirst: true)
        let found = try store.records(query).filter { Hex.encode($0.id).utf8.starts(with: prefix.utf8) }
        guard let first = found.first, found.count == 1, prefix.utf8.count >= 4 else {
            throw EvidenceError(.nothingToShow, "no decision, or more than one, begins with `\(prefix.prefix(64))`")
        }
        return try DecisionID(first.id)
    }
}

extension TransparencyLog {
    /// The published checkpoint as it was signed, and the paths of records to its root.
    ///
    /// - Throws: `evidence.nothing_to_show` for records that it does not cover.
    func paths(of positions: [UInt64]) throws -> (note: [UInt8], paths: [UInt64: [Digest256]]) {
        guard let note = try publishedNote() else {
            throw EvidenceError(.nothingToShow, "no checkpoint was published yet; `log checkpoint` makes one")
        }
        let size = try UnverifiedCheckpoint(decoding: note).checkpoint.head.size
        guard positions.allSatisfy({ $0 < size }) else {
            throw EvidenceError(
                .nothingToShow, "record \(positions.last ?? 0) is newer than the checkpoint; `log checkpoint` makes another")
        }
        var tree = try TiledTree(size: size, reader: FilesReader(files))
        var paths: [UInt64: [Digest256]] = [:]
        for position in positions { paths[position] = try tree.inclusionProof(of: position).path }
        return (note, paths)
    }
}
