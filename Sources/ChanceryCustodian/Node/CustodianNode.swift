public import ChanceryLedger
public import ChanceryNode
internal import ChanceryOracle
public import ChancerySuite
internal import ChanceryThreshold
public import ChanceryWire

/// One custodian of a committee: it keeps its shares, decides alone what it takes part in, and writes down what it promised
/// before it promises.
///
/// Messages come in by ``receive(_:from:)`` and leave through the network; ``tick()`` is called several times a second. What a
/// crash loses is burnt: material lives in memory only, and the log knows below which index it may have been used (rule T3).
public actor CustodianNode {
    let roster: CustodianRoster
    /// Who this is.
    public let did: DID
    /// From 1, as all custodians count.
    public nonisolated let number: Int
    let key: SigningKey<Purpose.Custodian>
    let settings: CustodianSettings
    let store: any CustodianStore
    let clients: any ClientDirectory
    let network: any PeerNetwork
    let read: ProgramContent.Reader
    let now: @Sendable () -> UTCTime
    /// What becomes of a frame before it is sealed to its client. Tests make a custodian lie by it: nobody outside could.
    private(set) var clientFrame: @Sendable ([UInt8]) -> [UInt8] = { $0 }

    var epoch: Int64 = 1
    /// The session in which the keys of the epoch were agreed on.
    var agreed: [UInt8]?
    var retired: String?
    var keys: PartyKeys?
    var programs: [[UInt8]: ProgramState] = [:]
    var runs: [RunID: Run] = [:]
    /// Frames of sessions that have not begun here.
    var early = EarlyFrames()
    /// Refusals that are not on record yet.
    var refusals = RefusalTally()
    /// What binds this custodian beside its people; nil without a federation.
    var watch: FederationWatch?
    var peers: [Int: PeerState] = [:]
    var lastBeat = UTCTime(milliseconds: 0)
    /// When this custodian last proposed an agreement on keys.
    var lastProposal = UTCTime(milliseconds: 0)
    /// How many entries the log has.
    var logged = 0
    /// Entries that become durable with the next ones: a crash before that has burnt what they are about.
    var deferred: [CustodianEntry] = []
    /// Nothing is done after the log could not be written: what is in memory may be ahead of it. Its process ends, and the next one
    /// takes up where the log does.
    public private(set) var failure: CustodianError?
    var isBroken: Bool { failure != nil }

    /// Reads the log and takes up where it ends.
    ///
    /// - Throws: `custodian.state_lost`, `custodian.log_broken`, and what the store throws.
    public init(
        _ roster: CustodianRoster, as did: DID, key: SigningKey<Purpose.Custodian>, settings: CustodianSettings = .init(),
        store: any CustodianStore, clients: any ClientDirectory, network: any PeerNetwork,
        read: @escaping ProgramContent.Reader = { try ProgramContent(package: $0) }, now: @escaping @Sendable () -> UTCTime
    ) throws {
        guard let number = roster.number(of: did), roster.set[did]?.key == key.publicKey else {
            throw CustodianError(.rosterMalformed, "`\(did.text)` with this key is no custodian of the roster")
        }
        self.roster = roster
        self.did = did
        self.number = number
        self.key = key
        self.settings = settings
        self.store = store
        self.clients = clients
        self.network = network
        self.read = read
        self.now = now
        // Before anything is promised: a log that says things twice says them once afterwards.
        let entries = try store.entries()
        var memory: CustodianMemory
        if let anew = Self.anew(entries, roster, settings, read) {
            try store.compact(anew.lines)
            memory = anew.memory
            logged = anew.lines.count
        } else {
            memory = try CustodianMemory(entries, roster, settings.federation, read)
            logged = entries.count
        }
        if memory.isNew {
            try store.append([
                CustodianEntry.opened(custodians: roster.set.digest).bytes, CustodianEntry.epoch(1).bytes,
            ])
            logged += 2
        }
        epoch = memory.epoch
        agreed = memory.agreed
        retired = memory.retired
        watch = memory.watch
        if agreed != nil, retired == nil {
            guard let bytes = try store.epochKeys(epoch) else {
                throw CustodianError(.stateLost, "the log tells of keys of epoch \(epoch) that are gone; take fresh ones")
            }
            let keys = try PartyKeys(roster.committee, party: number, keys: bytes)
            self.keys = keys
            for program in memory.programs.values { try memory.restore(program, keys, epoch) }
            // Before the books go on: what they say then does not tell how far others were heard.
            var lines: [[UInt8]] = []
            for program in memory.programs.values where program.away == nil {
                guard let clock = program.meter?.books.clock else { continue }
                let since = clock.advanced(bySeconds: -BoundClaims.overlapSeconds)
                program.away = since
                lines.append(try CustodianEntry.away(program: program.id, since: since).bytes)
            }
            if !lines.isEmpty { try store.append(lines) }
            logged += lines.count
        }
        programs = memory.programs
    }

    /// The lines that stand for a log which is too long, and what they come to. Nil where the log is short or would not become much
    /// shorter, and where a line would be too long or could not be read back: then the log stays as it is.
    private static func anew(
        _ entries: [[UInt8]], _ roster: CustodianRoster, _ settings: CustodianSettings, _ read: ProgramContent.Reader
    ) -> (lines: [[UInt8]], memory: CustodianMemory)? {
        let length = entries.reduce(0) { $0 + $1.count }
        // Where the log itself is broken, whoever reads it next says so.
        guard length > settings.compactBytes, let lines = try? CompactLog(entries, read).entries(roster, settings),
            8 * lines.reduce(0, { $0 + $1.count }) < 7 * length, lines.allSatisfy({ $0.count <= settings.lineBytes }),
            let memory = try? CustodianMemory(lines, roster, settings.federation, read)
        else { return nil }
        return (lines, memory)
    }

    /// Makes entries durable, and those that were put off before them; after a failure this custodian does nothing more.
    func write(_ entries: [CustodianEntry]) throws {
        try orFail {
            let lines = try takeDeferred(before: entries)
            try store.append(lines)
            logged += lines.count
        }
    }

    /// The same for entries that bind this custodian to nothing. A client waits for these: they cost one flush instead of two.
    func tell(_ entries: [CustodianEntry]) throws {
        try orFail {
            let lines = try takeDeferred(before: entries)
            try store.tell(lines)
            logged += lines.count
        }
    }

    /// Makes durable what was put off, and what was counted.
    func settle() throws {
        try note(refusals.settle(at: now()))
        if !deferred.isEmpty { try tell([]) }
        try orFail { try store.settle() }
    }

    private func takeDeferred(before entries: [CustodianEntry]) throws -> [[UInt8]] {
        let all = deferred + entries
        deferred = []
        return try all.map { try $0.bytes }
    }

    private func orFail(_ writing: () throws -> Void) throws {
        if let failure { throw failure }
        do {
            try writing()
        } catch {
            let why = (error as? any CodedError).map { "\($0.code): \($0.detail)" } ?? "\(error)"
            let failure = CustodianError(.logUnwritable, "the log could not be written: \(why)")
            self.failure = failure
            throw failure
        }
    }

    package func setClientFrame(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) { clientFrame = change }

    func program(_ id: [UInt8]) throws -> ProgramState {
        guard let program = programs[id] else { throw CustodianError(.unknownProgram, "the program is not installed here") }
        return program
    }

    /// The keys of the epoch, unless this custodian must not use them.
    func requireKeys() throws -> PartyKeys {
        if let retired {
            throw CustodianError(.stateLost, "this custodian takes part in nothing without fresh keys: \(retired)")
        }
        guard let keys else { throw CustodianError(.keysMissing, "the custodians have not agreed on keys yet") }
        return keys
    }

    func send(_ notice: JSONObject, to party: Int) {
        guard let did = roster.did(party), let bytes = try? CustodianMessage.notice(notice).bytes else { return }
        network.send(bytes, to: did)
    }

    /// Takes part in nothing until its people make fresh keys.
    func retire(_ why: String) {
        guard retired == nil else { return }
        retired = why.asErrorDetail
        keys = nil
        runs = [:]
        refusals = RefusalTally()
        for program in programs.values { program.dropKeys() }
        try? write([.retired(epoch: epoch, why: retired ?? why)])
    }
}

/// What a custodian knows of another.
struct PeerState: Sendable {
    var heard = UTCTime(milliseconds: 0)
    var epoch: Int64 = 0
    var agreed: [UInt8]?
    /// Whether it begun any material under its keys.
    var hasUsed = false
}

/// Frames that came before their session began here, bounded in number, bytes and time.
struct EarlyFrames {
    /// Of each custodian apart, so that none of them takes the room of another.
    private static let mostSessions = 1024

    private var waiting: [RunID: (frames: [(party: Int, bytes: [UInt8])], since: UTCTime)] = [:]
    private var bytes: [Int: Int] = [:]
    private var sessions: [Int: Int] = [:]

    /// Keeps a frame; one that does not fit is lost.
    mutating func keep(_ frame: [UInt8], of session: RunID, from party: Int, at now: UTCTime, limit: Int) {
        let isNew = waiting[session]?.frames.contains { $0.party == party } != true
        guard bytes[party, default: 0] + frame.count <= limit,
            !isNew || sessions[party, default: 0] < Self.mostSessions
        else { return }
        bytes[party, default: 0] += frame.count
        sessions[party, default: 0] += isNew ? 1 : 0
        waiting[session, default: ([], now)].frames.append((party, frame))
    }

    /// Takes out what came for a session.
    mutating func take(_ session: RunID) -> [(party: Int, bytes: [UInt8])] {
        guard let found = waiting.removeValue(forKey: session) else { return [] }
        for frame in found.frames { bytes[frame.party, default: 0] -= frame.bytes.count }
        for party in Set(found.frames.map(\.party)) { sessions[party, default: 0] -= 1 }
        return found.frames
    }

    mutating func dropOlder(than time: UTCTime) {
        for (session, content) in waiting where content.since < time { _ = take(session) }
    }
}
