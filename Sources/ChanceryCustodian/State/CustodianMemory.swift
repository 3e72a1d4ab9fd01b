internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// What a custodian's log comes to.
struct CustodianMemory {
    private(set) var isNew = true
    private(set) var epoch: Int64 = 1
    private(set) var agreed: [UInt8]?
    private(set) var retired: String?
    private(set) var programs: [[UInt8]: ProgramState] = [:]
    private var meters: [[UInt8]: [MeterEntry]] = [:]
    private var secrets: [[UInt8]: (index: UInt64, masked: [UInt8])] = [:]
    private let roster: CustodianRoster
    private(set) var watch: FederationWatch?

    /// - Throws: `custodian.log_broken`, `compute.events_broken`, and the errors of reading.
    init(
        _ entries: [[UInt8]], _ roster: CustodianRoster, _ federation: FederationTerms?, _ read: ProgramContent.Reader
    ) throws {
        self.roster = roster
        watch = federation.map { FederationWatch($0) }
        for (number, bytes) in entries.enumerated() {
            let entry = try CustodianEntry(decoding: bytes)
            if case .opened(let custodians) = entry {
                guard number == 0, custodians == roster.set.digest else {
                    throw CustodianError(.logBroken, "the log was opened twice, or is of another set of custodians")
                }
                isNew = false
                continue
            }
            guard !isNew else { throw CustodianError(.logBroken, "the log does not begin with its custodians") }
            try follow(entry, line: number, read)
        }
        // A crash came before the books were opened: nobody was told that the program is active, and nothing was done under it.
        for program in programs.values where program.activation != nil && meters[program.id] == nil {
            (program.bundle, program.activation) = (nil, nil)
        }
    }

    private func program(_ id: [UInt8]) throws -> ProgramState {
        guard let program = programs[id] else {
            throw CustodianError(.logBroken, "a line is about a program that is not installed")
        }
        return program
    }

    private mutating func follow(_ entry: CustodianEntry, line: Int, _ read: ProgramContent.Reader) throws {
        switch entry {
        case .opened: break
        case .epoch(let epoch):
            self.epoch = epoch
            (agreed, retired, meters, secrets) = (nil, nil, [:], [:])
            for program in programs.values { program.dropKeys() }
        case .agreed(let epoch, let session):
            guard epoch == self.epoch else { throw CustodianError(.logBroken, "keys of another epoch than the log's") }
            agreed = session
        case .installed(let package, let owner):
            let content = try read(package)
            if let known = programs[content.id] {
                known.owner = known.owner ?? owner
            } else {
                programs[content.id] = try ProgramState(content, owner: owner)
            }
        case .begun(let id, let purpose, let below):
            let program = try program(id)
            program.begun[purpose] = max(below, program.begun[purpose] ?? 0)
        case .bound(let id, let purpose, let claim, let first, let count, let end, _):
            let program = try program(id)
            let end = end ?? meters[id]?.last?.time ?? UTCTime(milliseconds: 0)
            program.bound.insert(claim, until: end)
            // A restart burns the material.
            program.claims[claim] = ClaimState(
                claim, purpose, first..<first &+ max(count, 1), signature: [], expires: end, material: nil)
        case .secrets(let id, let index, let masked): secrets[id] = (index, masked)
        case .activated(let id, let bundle):
            let program = try program(id)
            program.bundle = bundle
            program.activation = try bundle.activation(of: id, by: roster.set, under: watch?.terms.federation)
        case .meter(let id, let entry): meters[id, default: []].append(try MeterEntry(decoding: entry))
        case .certified(let id, _, let time): try program(id).certificates.append((time, line))
        case .away(let id, let since): try program(id).away = since
        case .back(let id): try program(id).away = nil
        case .forgotten(let id, let time): try program(id).forgottenUntil = time
        case .event(let id, let event): try program(id).events.follow(event)
        case .frames(let id, let batch):
            let program = try program(id)
            guard let terms = program.activation?.terms else { break }
            program.frames = FrameLedger(
                after: try FrameBatch.verify(UnverifiedRecord(decoding: batch), for: terms, by: roster.set))
        case .blamed(let id, let file):
            let program = try program(id)
            program.blames.append(file)
            // Verified before it was kept.
            if let found = try? FrameJudge(roster).verify(file), case .heads = found.blame {
                program.forked.formUnion(found.accused.compactMap(roster.number(of:)))
            }
        case .governed(let decisions): try follow(.decided(decisions))
        case .fresh(let time): try follow(.fresh(time))
        case .frozen(let certificate): try follow(.frozen(certificate))
        case .retired(_, let why): retired = why
        }
    }

    private mutating func follow(_ change: FederationWatch.Change) throws {
        guard watch != nil else {
            throw CustodianError(
                .federationMissing, "the log is that of a custodian which a federation binds: name it (--federation)")
        }
        try watch?.follow(change)
    }

    /// Gives a program its keys, secrets and books.
    mutating func restore(_ program: ProgramState, _ keys: PartyKeys, _ epoch: Int64) throws {
        try program.adopt(keys, epoch: epoch)
        if let (index, bytes) = secrets[program.id] {
            program.secrets = try InstalledSecrets(
                program.context(epoch: epoch), index: index, masked: StatedSecrets.elements(bytes))
        }
        if let activation = program.activation {
            program.meter = try Meter(rebuilding: meters[program.id] ?? [], of: activation)
        }
    }
}
