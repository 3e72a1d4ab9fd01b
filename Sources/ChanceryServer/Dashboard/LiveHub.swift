internal import ChanceryGate
internal import ChanceryLedger
public import ChanceryNode
public import ChanceryWire
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// Reads what lands in the store once, for everybody who listens, and counts it by the minute.
public final class LiveHub: Service, Sendable {
    /// How often is looked while somebody listens, and how many times less often else.
    private static let interval = Duration.milliseconds(40)
    private static let patience = 25
    /// Records that are kept for listeners; whoever is further behind reads the store.
    private static let reach = 4096
    /// Records of a look, and of an answer from the store.
    private static let page = 1000
    /// How far back is counted at the start.
    private static let history: UInt64 = 50_000

    /// A record as listeners hear of it.
    struct Entry: Sendable {
        let heading: RecordHeading
        /// What the agent is called; nil for what is no agent of this home.
        let name: String?
    }

    private struct State {
        var entries: [Entry] = []
        /// The last record that was read.
        var last: UInt64?
        var isStarted = false
        var minutes = MinuteCounts()
        var listeners = 0
    }

    private let store: any RecordStore & RecordIndex
    private let names: AgentNames
    private let now: @Sendable () -> UTCTime
    private let logger: Logger
    private let state = Mutex(State())

    public init(
        store: any RecordStore & RecordIndex, registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime,
        logger: Logger
    ) {
        self.store = store
        self.now = now
        self.logger = logger
        names = AgentNames(registry)
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var (turn, isFailing) = (0, false)
            while (try? await Task.sleep(for: Self.interval)) != nil {
                turn += 1
                guard state.withLock({ $0.listeners > 0 }) || turn % Self.patience == 1 else { continue }
                do {
                    try await HomeServices.blocking { [self] in try look() }
                    isFailing = false
                } catch {
                    if !isFailing { logger.warning("what is new cannot be read", metadata: ["error": .string("\(error)")]) }
                    isFailing = true
                }
            }
        }
    }

    /// Reads what came since. There is one caller at a time.
    func look() throws {
        if !state.withLock({ $0.isStarted }) {
            let size = try store.frontier().size
            let first = size > Self.history ? size - Self.history - 1 : nil
            state.withLock { ($0.last, $0.isStarted) = (first, true) }
        }
        while true {
            let page = try store.headings(after: state.withLock { $0.last }, limit: Self.page)
            guard let last = page.last else { return }
            let decided = try effects(in: page)
            let entries = page.map { Entry(heading: $0, name: names.name(of: $0.agent)) }
            let time = now()
            state.withLock { state in
                for entry in entries { state.minutes.add(entry.heading, decided[entry.heading.position], at: time) }
                state.entries += entries
                if state.entries.count > 2 * Self.reach { state.entries.removeFirst(state.entries.count - Self.reach) }
                state.last = last.position
            }
            guard page.count == Self.page else { return }
        }
    }

    /// What the gate decided, by position.
    private func effects(in page: [RecordHeading]) throws -> [UInt64: MinuteCounts.Outcome] {
        let decisions = page.filter { $0.eventType == GateDecision.eventType }
        guard let first = decisions.first?.position else { return [:] }
        let query = RecordQuery(
            eventType: GateDecision.eventType, after: first == 0 ? nil : first - 1, limit: decisions.count)
        return try store.records(query).reduce(into: [:]) { found, record in
            // What does not read is for the audit; here it is not counted.
            guard let event = try? BatchEvent(decoding: record.bytes), let decision = try? GateDecision(event.payload) else {
                return
            }
            found[record.position] = decision.isPermission ? .allowed : decision.question != nil ? .asked : .denied
        }
    }

    // MARK: listeners

    /// What came after `position`, at most a page, in order and without a gap.
    func entries(after position: UInt64?) async throws -> [Entry] {
        let known = state.withLock { state -> [Entry]? in
            let next = position.map { $0 + 1 } ?? 0
            if let last = state.last, next > last { return [] }
            guard let first = state.entries.first?.heading.position, first <= next else { return nil }
            return Array(state.entries[Int(next - first)...].prefix(Self.page))
        }
        if let known { return known }
        return try await HomeServices.blocking { [self] in
            try store.headings(after: position, limit: Self.page).map { Entry(heading: $0, name: names.name(of: $0.agent)) }
        }
    }

    /// Keeps the hub looking often while it is held.
    final class Listener: Sendable {
        private let hub: LiveHub

        init(_ hub: LiveHub) {
            self.hub = hub
            hub.state.withLock { $0.listeners += 1 }
        }

        deinit { hub.state.withLock { $0.listeners -= 1 } }
    }

    /// The minutes of the last hour.
    func minutes() -> [MinuteCounts.Minute] { state.withLock { $0.minutes.hour(until: now()) } }
}
