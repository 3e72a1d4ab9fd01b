internal import ChanceryLedger
public import ChanceryVault
internal import ChanceryWire
internal import Synchronization

/// The vault's own chain: what was put, opened, refused and destroyed, in signed batches, and the catalogue that follows from
/// it. A record that was swapped, left out or rolled back differs from the chain, and the chain is in the log.
final class VaultJournal: Sendable {
    private struct Held {
        var follower: ChainFollower
        var catalogue = RehearsedCatalogue()
        var time = UTCTime(milliseconds: 0)

        mutating func take(_ link: ChainFollower.Link) throws {
            // What else was stamped with the vault's keys says nothing about it.
            if RoomEvent.vault.isOne(link.event.payload) { try catalogue.take(VaultEvent(link.event.payload)) }
            time = max(time, link.time)
        }
    }

    let identity: OpenIdentity
    private let store: any RecordStore & RecordIndex
    let registry: IdentityRegistry
    private let files: any VaultFiles
    private let now: @Sendable () -> UTCTime
    private let held = Mutex<Held?>(nil)
    /// Milliseconds since this machine started; nil where nobody counts them.
    private let monotonic: (@Sendable () -> Int64)?
    private let clock = Mutex(VaultClock())

    init(
        _ identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry, files: any VaultFiles,
        now: @escaping @Sendable () -> UTCTime, monotonic: (@Sendable () -> Int64)?
    ) {
        self.identity = identity
        self.store = store
        self.registry = registry
        self.files = files
        self.now = now
        self.monotonic = monotonic
    }

    private var running: Int64 { monotonic?() ?? 0 }

    /// What counts as now: never before what the chain says, or a clock that went back would disagree with what it wrote.
    var time: UTCTime { clock.withLock { $0.time(now(), at: running) } }

    /// Runs `body` on what the chain says now.
    ///
    /// - Throws: `vault.journal_broken` when the chain is not what the vault signed, `vault.rolled_back` when it is shorter than
    ///   it was.
    func read<Value>(_ body: (borrowing CatalogueState) throws -> Value) throws -> Value {
        try held.withLock { held in
            try refresh(&held)
            return try body(held?.catalogue.state ?? CatalogueState())
        }
    }

    /// Decides on what the chain says now and writes the events of the decision, durably and at once. What `decide` throws is
    /// thrown, and nothing is written then.
    ///
    /// - Parameter decide: runs again when another process came first, so it changes nothing outside.
    func write<Value>(
        _ decide: (_ state: borrowing CatalogueState, _ time: UTCTime) throws -> (events: [VaultEvent], value: Value)
    ) throws -> Value {
        try StoreConflict.retrying {
            try held.withLock { held in
                let seen = try RegistryState(store)
                try registry.requireCurrent(identity)
                try refresh(&held)
                guard var current = held.take() else { throw NodeError(.storeConflict, "the catalogue was not read") }
                // What was read stays true; what was not written is not applied.
                defer { held = current }
                let time = time
                let (events, value) = try decide(current.catalogue.state, time)
                guard !events.isEmpty else { return value }
                // Nobody can follow a chain that holds what cannot follow, or cannot be read again.
                let payloads = events.map(\.payload)
                try current.catalogue.rehearse(
                    Parallel.map(payloads, throwing: { (_, payload) in try VaultEvent(payload) }))
                let writer = try ChainWriter(identity, profile: .batch, store: store, registry: registry)
                guard writer.state == current.follower.chain else {
                    throw NodeError(.storeConflict, "the chain of the vault moved while it was decided")
                }
                let work = try writer.write(payloads, at: time)
                let first = try store.append(work.records, moving: [work.move] + seen.assertion)
                current.catalogue.perform()
                current.time = time
                let running = running
                clock.withLock { $0.saw(time, at: running) }
                current.follower.advance(to: work.move.new, position: first + UInt64(work.records.count) - 1)
                // What is durable is acknowledged; the mark may lag.
                try? mark(work.move.new, time, running)
                return value
            }
        }
    }

    private func refresh(_ held: inout Held?) throws {
        do {
            held = try store.atOneMoment {
                guard var current = held.take() else { return try readAll() }
                var follower = current.follower
                try follower.advance(store) { link in try current.take(link) }
                current.follower = follower
                return current
            }
            if let time = held?.time { clock.withLock { $0.saw(time, at: running) } }
        } catch let error as ChainFollower.Break {
            throw VaultError(.journalBroken, "the vault's chain: \(error.detail)")
        }
    }

    /// Reads the chains of all keys that the vault ever signed with, first keys first.
    private func readAll() throws -> Held {
        let mark = try files.read(.mark).map { try VaultMark($0) }
        var isFound = mark == nil
        if let mark, let time = mark.time { clock.withLock { $0.saw(time, since: mark.monotonic, at: running) } }
        var current = Held(follower: ChainFollower(identity.document))
        for document in try documents() {
            var follower = ChainFollower(document)
            try follower.advance(store) { link in
                if let mark, mark.isOf(document.agentID), link.sequence == mark.count - 1 {
                    guard link.event.hash.utf8.elementsEqual(mark.head.utf8) else {
                        throw VaultError(.rolledBack, "event \(link.sequence) is another one than was seen before")
                    }
                    isFound = true
                }
                try current.take(link)
            }
            current.follower = follower
        }
        guard isFound else {
            throw VaultError(.rolledBack, "the vault's chain is shorter than it was: \(mark?.count ?? 0) events were seen")
        }
        return current
    }

    /// The vault's documents, the first one first; the last is that of the keys that are open.
    func documents() throws -> [IdentityDocument] {
        let known = try registry.history(of: identity.document.did).filter { $0.number < identity.document.number }
        return known + [identity.document]
    }

    /// Keeps how far the chain was seen where restoring the home does not reach (rule L5). It may lag behind by what a crash
    /// left out, and never runs ahead.
    private func mark(_ chain: ChainState, _ time: UTCTime, _ running: Int64) throws {
        try files.write(
            VaultMark(
                identity.document.agentID, count: chain.count, head: chain.head, time: monotonic == nil ? nil : time,
                monotonic: running
            ).bytes, as: .mark, replacing: true)
    }
}

/// How far a vault's chain was seen.
struct VaultMark: Equatable {
    static let type = "chancery/vault-mark/v1"

    /// Whose chain: the agent id of the keys of that time.
    private let agent: String
    let count: Int
    /// The hash of the last event.
    let head: String
    /// What counted as now when it was written, and the milliseconds since this machine started; nil in old ones.
    let time: UTCTime?
    let monotonic: Int64

    init(_ agent: AgentID, count: Int, head: String, time: UTCTime?, monotonic: Int64) {
        self.agent = agent.text
        self.count = count
        self.head = head
        self.time = time
        self.monotonic = max(0, monotonic)
    }

    func isOf(_ agent: AgentID) -> Bool { self.agent.utf8.elementsEqual(agent.text.utf8) }

    var bytes: [UInt8] {
        get throws {
            var object: JSONObject = [
                "agent": .string(agent), "count": .integer(Int64(count)), "head": .string(head), "type": .string(Self.type),
            ]
            if let time {
                object["monotonic"] = .integer(monotonic)
                object["time"] = .string(time.text)
            }
            return try CanonicalForm.jcs.encode(object)
        }
    }

    init(_ bytes: [UInt8]) throws {
        var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 1024, depth: 1)), "mark of a vault")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "the file is no mark of a vault")
        }
        agent = try reader.string("agent", limit: 64)
        count = Int(try reader.integer("count", in: 1...CanonicalForm.largestSafeInteger))
        head = try reader.string("head", limit: 128)
        let isTimed = reader.optional("time") != nil
        time = isTimed ? try reader.time("time") : nil
        monotonic = isTimed ? try reader.integer("monotonic", in: 0...CanonicalForm.largestSafeInteger) : 0
        try reader.finish()
    }
}

extension VaultError.Reason {
    /// The vault's chain is not what the vault signed.
    public static let journalBroken = Self(rawValue: "vault.journal_broken")
}
