internal import ChanceryGate
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// One verification under way: what was read, and what is known so far.
struct Examination {
    /// What a record is, by its kind.
    enum Item {
        case identity(UnverifiedRecord)
        case event(Event)
        case batch(BatchEvent)
        case seal(UnverifiedRecord)
        case approval(UnverifiedRecord)
        case approver(Approver)
        case genesis(Genesis)
        case decision(Decision)
    }

    /// An identity document and where the log holds it.
    struct Document {
        let identity: IdentityDocument
        let position: UInt64
    }

    let evidence: Evidence
    private let pins: EvidencePins
    /// The kinds of roots that the file has.
    private var kinds: Set<EvidencePins.Kind> = []
    var report = EvidenceReport()
    var items: [UInt64: Item] = [:]
    /// The positions of records that the answer rests on.
    var used: Set<UInt64> = []
    var agent: [Document] = []
    var gate: [Document] = []
    /// By position; what stands under them was checked.
    var seals: [UInt64: BatchSeal] = [:]
    /// What the federation had decided after each slot, from genesis on.
    var heads: [Head<GovernanceState>] = []
    var decisions: [Decision] = []

    init(_ evidence: Evidence, _ pins: EvidencePins) {
        self.evidence = evidence
        self.pins = pins
        report.question = evidence.question
        report.parties = evidence.parties
    }

    /// - Parameter claim: what the file says that it comes to; nil for a file that is being made.
    mutating func run(claiming claim: EvidenceGrade?) -> EvidenceReport {
        let steps: [(String, (inout Examination) throws -> Void)] = [
            ("log", { try $0.checkLog() }), ("identities", { try $0.checkIdentities() }),
            ("signatures", { try $0.checkSignatures() }), ("federation", { try $0.checkFederation() }),
            ("chain", { try $0.checkChain() }), ("gate", { try $0.checkGate() }),
            ("parties", { try $0.checkParties() }), ("records", { try $0.checkUse() }),
            ("claims", { try $0.check(claim) }),
        ]
        for (name, step) in steps {
            do {
                try step(&self)
            } catch {
                report.refuse(name, error)
                return report
            }
        }
        report.unusedPins = pins.unused(besides: kinds)
        report.story.sort { $0.position < $1.position }
        report.limits = EvidenceLimit.allCases.filter { report.limits.contains($0) }
        return report
    }

    // MARK: the log

    private mutating func checkLog() throws {
        let keys = try evidence.keys.map { try NoteKey($0) }
        let verifier = try CheckpointVerifier(keys)
        let fingerprint = Digest.sha256(Array(evidence.keys.map { $0 + "\n" }.joined().utf8))
        try root(.log, [Hex.encode(fingerprint)])
        let checkpoint = try verifier.verify(UnverifiedCheckpoint(decoding: evidence.checkpoint))
        for record in evidence.records {
            let (item, id) = try Self.item(record)
            let leaf = try LogEntry(type: record.kind, id: id, envelope: record.bytes).leafHash
            let proof = try InclusionProof(index: record.position, size: checkpoint.head.size, path: record.path)
            try proof.verify(leaf: leaf, root: checkpoint.head.root)
            items[record.position] = item
        }
        report.checkpoint =
            "\(checkpoint.checkpoint.origin), \(checkpoint.head.size) records, \(UTCTime(seconds: Int64(clamping: checkpoint.timestamp)).text)"
        report.limits += [.time, .views, .outside, .payloads]
        report.note(
            "log", .holds,
            "\(evidence.records.count) records stand in a checkpoint of \(checkpoint.head.size), signed with Ed25519 and ML-DSA-44",
            "the log's keys")
    }

    /// What a record is and its name in the log.
    private static func item(_ record: EvidenceRecord) throws -> (Item, [UInt8]) {
        let bytes = record.bytes
        guard (record.kind == BatchEvent.version) == (record.place != nil) else {
            throw EvidenceError(.malformed, "batch events, and no other records, stand under a seal")
        }
        if EventProfile(rawValue: record.kind) != nil {
            let event = try Event(decoding: bytes)
            guard event.profile.rawValue == record.kind, try event.encoded() == bytes else {
                throw EvidenceError(.malformed, "an event is not in canonical form, or of another kind")
            }
            return (.event(event), try Hex.decode(event.hash))
        }
        switch record.kind {
        case BatchEvent.version:
            let event = try BatchEvent(decoding: bytes)
            return (.batch(event), try Hex.decode(event.hash))
        case Approver.kind:
            let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 4))
            guard try CanonicalForm.jcs.encode(value) == bytes,
                value["type"]?.string?.utf8.elementsEqual(Approver.kind.utf8) == true
            else { throw EvidenceError(.malformed, "a statement is not in canonical form, or of another kind") }
            return (.approver(try Approver(statement: bytes)), Digest.sha3_256(bytes))
        case Genesis.type:
            let genesis = try Genesis(decoding: bytes)
            guard genesis.bytes == bytes else { throw EvidenceError(.malformed, "a genesis is not in canonical form") }
            return (.genesis(genesis), genesis.federation.bytes)
        case Decision.type:
            let decision = try Decision(decoding: bytes)
            guard try decision.encoded() == bytes else {
                throw EvidenceError(.malformed, "a decision is not in canonical form")
            }
            return (.decision(decision), decision.id.bytes)
        default:
            let unverified = try UnverifiedRecord(decoding: bytes)
            guard unverified.type.utf8.elementsEqual(record.kind.utf8) else {
                throw EvidenceError(.malformed, "a `\(unverified.type)` is called a `\(record.kind)`")
            }
            switch record.kind {
            case IdentityDocument.type: return (.identity(unverified), unverified.bodyHash)
            case BatchSeal.type: return (.seal(unverified), unverified.bodyHash)
            case Approval.type: return (.approval(unverified), unverified.bodyHash)
            default: throw EvidenceError(.unrelated, "a record of the kind `\(record.kind)` answers no question")
            }
        }
    }

    // MARK: roots of trust

    /// Notes a root of trust by its names; the first one is how a caller pins it.
    mutating func root(_ kind: EvidencePins.Kind, _ names: [String]) throws(EvidenceError) {
        let isPinned = try pins.contains(kind, names)
        kinds.insert(kind)
        report.roots.append(.init(pin: "\(kind.rawValue):\(names.first ?? "")", isPinned: isPinned))
    }

    private mutating func checkIdentities() throws {
        var documents: [String: [(record: UnverifiedRecord, position: UInt64)]] = [:]
        for record in evidence.records {
            guard case .identity(let unverified)? = items[record.position] else { continue }
            documents[unverified.body["did"]?.string ?? "", default: []].append((unverified, record.position))
        }
        func history(_ did: String?) throws -> [Document] {
            guard let did, let found = documents.removeValue(forKey: did) else { return [] }
            return try zip(IdentityDocument.verify(history: found.map(\.record)), found).map {
                Document(identity: $0, position: $1.position)
            }
        }
        (agent, gate) = (try history(evidence.parties.agent), try history(evidence.parties.gate))
        guard documents.isEmpty else { throw EvidenceError(.unrelated, "the file holds the identity of somebody else") }
        for document in agent + gate { used.insert(document.position) }
        if let did = evidence.parties.gate { try root(.gate, Self.names(of: gate, did)) }
        if let did = evidence.parties.agent { try root(.agent, Self.names(of: agent, did)) }
        guard !(agent + gate).isEmpty else { return report.note("identities", .absent, "no identity is needed") }
        report.note(
            "identities", .holds, "\(agent.count + gate.count) identity documents, each signed and following the one before",
            "the first document of each")
    }

    private static func names(of documents: [Document], _ did: String) -> [String] {
        documents.map { Hex.encode($0.identity.hash) }.reversed() + [did]
    }

    // MARK: signatures of events

    private mutating func checkSignatures() throws {
        var (events, batches) = (0, 0)
        for record in evidence.records {
            guard case .seal(let unverified)? = items[record.position] else { continue }
            let document = try signer(hash: unverified.body["identity"]?.string, at: record.position, isLast: true)
            seals[record.position] = try BatchSeal.verify(unverified, by: document)
        }
        for record in evidence.records {
            switch items[record.position] {
            case .event(let event)?:
                let document = try signer(of: event, at: record.position)
                let view =
                    event.agentID == document.agentID ? try document.aissIdentity() : try document.classicalIdentity()
                guard view.allows(event.profile) else {
                    throw LedgerError(.profileNotAllowed, "the identity allows no \(event.profile.rawValue) events")
                }
                try view.keys.verify(event)
                if event.profile == .aiss1 { report.limits.append(.classical) }
                events += 1
            case .batch(let event)?:
                guard let place = record.place, let seal = seals[place.seal] else {
                    throw EvidenceError(.contradiction, "a batch event stands under no seal of the file")
                }
                try seal.verify(event, at: place.sequence, path: place.path)
                used.insert(place.seal)
                batches += 1
            default: continue
            }
        }
        guard events + batches > 0 else { return report.note("signatures", .absent, "the file holds no events") }
        report.note(
            "signatures", .holds, "\(events) events signed one by one, \(batches) under \(seals.count) signed seals",
            "the identity documents")
    }

    private func signer(of event: Event, at position: UInt64) throws -> IdentityDocument {
        let document = agent.first { [$0.identity.agentID, $0.identity.classicalAgentID].contains(event.agentID) }
        return try signer(
            hash: document.map { Hex.encode($0.identity.hash) }, at: position, isLast: RotationEvent.isRotation(event))
    }

    /// The document with this hash, if its keys were the latest when the log took the record (rule K3). A rotation stands right
    /// behind the document that it brings.
    private func signer(hash: String?, at position: UInt64, isLast: Bool) throws -> IdentityDocument {
        for history in [agent, gate] {
            guard let index = history.firstIndex(where: { Hex.encode($0.identity.hash) == hash }) else { continue }
            let next = index + 1 < history.count ? history[index + 1].position + (isLast ? 8 : 0) : .max
            guard history[index].position < position, position < next else {
                throw EvidenceError(.contradiction, "record \(position) was signed with keys that were not valid then")
            }
            return history[index].identity
        }
        throw EvidenceError(.contradiction, "record \(position) is signed by nobody whose identity is in the file")
    }

    // MARK: the whole

    private mutating func checkParties() throws {
        let parties = evidence.parties
        let isWanted: Bool
        switch evidence.question {
        case .action: isWanted = parties.gate != nil && parties.agent != nil
        case .event, .period: isWanted = parties.agent != nil && !agent.isEmpty
        case .decision: isWanted = parties.federation != nil && parties.agent == nil && parties.gate == nil
        }
        guard isWanted else { throw EvidenceError(.contradiction, "the parties are not those of the question") }
    }

    private mutating func checkUse() throws {
        guard let record = evidence.records.first(where: { !used.contains($0.position) }) else { return }
        throw EvidenceError(.unrelated, "record \(record.position) has nothing to do with the question")
    }

    private mutating func check(_ claim: EvidenceGrade?) throws {
        guard let claim else { return }
        guard claim == report.contentGrade else {
            throw EvidenceError(
                .claimFalse, "the file claims the grade \(claim.rawValue), its content comes to \(report.contentGrade.rawValue)"
            )
        }
        report.note("claims", .holds, "the grade that the file claims is the one recomputed", "all steps before")
    }
}
