public import ChanceryLedger
public import ChancerySuite

/// Keeps every record of a home: append-only, in one order, which is that of the transparency log's leaves.
///
/// Promise of every implementation: what `append` returned for is durable and stays; an append happens whole or not at
/// all; two appends never both succeed on the same head of a chain, whatever the number of processes.
public protocol RecordStore: Sendable {
    /// Adds `records` in order and moves the chains as `moves` say, in one durable step.
    ///
    /// - Returns: the position of the first record.
    /// - Throws: `store.conflict` when a chain is no longer where a move expects it, what ``ChainMove/requireGrowth()``
    ///   refuses, and `store.corrupt` for a chain that begins although the store holds events of it. Nothing has
    ///   happened then.
    func append(_ records: [NewRecord], moving moves: [ChainMove]) throws -> UInt64

    /// Where a chain stands; nil when it has not begun.
    func chain(_ agent: String) throws -> ChainState?

    /// Whether a record that is filed under `agent` answers `nonce` already.
    func hasNonce(_ nonce: String, of agent: String) throws -> Bool

    /// The tree over everything stored.
    func frontier() throws -> MerkleFrontier

    /// Leaf hashes in log order; fewer when the store ends before the range does.
    func leaves(_ range: Range<UInt64>) throws -> [Digest256]

    /// Runs `body`, which reads several things and appends none: where the store can, all of it as it was at one moment, for
    /// little more than the price of one read.
    ///
    /// `body` may take locks that others hold while they read: a store keeps a way to read for those who are in no moment. It
    /// holds nothing that whoever holds such a lock waits for, so with such a lock in hand nobody asks for a moment. It starts
    /// no task, which would go on reading when the moment is over. Appending in it is a mistake of the caller.
    ///
    /// A store that was opened for reading may have one connection alone; moments of it are taken from one thread.
    func atOneMoment<Value>(_ body: () throws -> Value) throws -> Value
}

extension RecordStore {
    public func atOneMoment<Value>(_ body: () throws -> Value) throws -> Value { try body() }
}

/// Finds records again.
public protocol RecordIndex: Sendable {
    /// The records that match, at most `query.limit`, in log order or the reverse.
    func records(_ query: RecordQuery) throws -> [StoredRecord]

    /// The record with this id; nil when there is none.
    func record(id: [UInt8]) throws -> StoredRecord?

    /// What is there, counted.
    func statistics() throws -> StoreStatistics

    /// Every chain, by agent.
    func chains() throws -> [(agent: String, state: ChainState)]

    /// What is known of records without their bytes, in log order: at most `limit` after `position`, from the first on when it
    /// is nil.
    func headings(after position: UInt64?, limit: Int) throws -> [RecordHeading]
}

extension RecordIndex {
    public func headings(after position: UInt64?, limit: Int) throws -> [RecordHeading] {
        try records(RecordQuery(after: position, limit: limit)).map(RecordHeading.init)
    }
}

/// Holds what is stored against what it must be.
public protocol RecordAudit: Sendable {
    /// Where the store stands, all of it at one moment, also while others append.
    func snapshot() throws -> StoreSnapshot

    /// What the storage engine finds wrong with its own structures, indexes included; empty when nothing is.
    func integrityFailures() throws -> [String]

    /// How the stored record and its index entries differ from `expected`; nil when they do not.
    func difference(from expected: NewRecord, at position: UInt64) throws -> String?
}

/// Where a store stands at one moment.
public struct StoreSnapshot: Sendable {
    public let id: StoreID
    public let frontier: MerkleFrontier
    /// Positions up to the last record, whatever the frontier says.
    public let records: UInt64
    public let generation: Int64
    /// Every chain, by agent; nil stands for a damaged row.
    public let chains: [(agent: String, state: ChainState?)]

    public init(
        id: StoreID, frontier: MerkleFrontier, records: UInt64, generation: Int64, chains: [(agent: String, state: ChainState?)]
    ) {
        self.id = id
        self.frontier = frontier
        self.records = records
        self.generation = generation
        self.chains = chains
    }
}

/// What callers may look for. Every given field must match.
public struct RecordQuery: Sendable {
    public var agent: String?
    public var eventType: String?
    public var kind: String?
    public var session: String?
    /// Inclusive, in milliseconds.
    public var from: Int64?
    /// Exclusive, in milliseconds.
    public var until: Int64?
    /// Only records after this position (before it when `newestFirst`): the cursor of a paged search.
    public var after: UInt64?
    /// At most this many records, 1…10,000.
    public var limit: Int
    public var newestFirst: Bool

    public init(
        agent: String? = nil, eventType: String? = nil, kind: String? = nil, session: String? = nil, from: Int64? = nil,
        until: Int64? = nil, after: UInt64? = nil, limit: Int = 50, newestFirst: Bool = false
    ) {
        self.agent = agent
        self.eventType = eventType
        self.kind = kind
        self.session = session
        self.from = from
        self.until = until
        self.after = after
        self.limit = min(max(limit, 1), 10_000)
        self.newestFirst = newestFirst
    }
}

/// Counts over a store.
public struct StoreStatistics: Sendable, Equatable {
    /// What follows a decision of the gate is filed under its id, which is as long as this and no session.
    package static let decisionBytes = 128

    public var records: UInt64
    public var bytes: UInt64
    public var agents: Int
    public var sessions: Int
    public var byKind: [String: UInt64]
    /// Times of the oldest and newest record in milliseconds; nil for an empty store.
    public var oldest: Int64?
    public var newest: Int64?

    public init(
        records: UInt64, bytes: UInt64, agents: Int, sessions: Int, byKind: [String: UInt64], oldest: Int64?, newest: Int64?
    ) {
        self.records = records
        self.bytes = bytes
        self.agents = agents
        self.sessions = sessions
        self.byKind = byKind
        self.oldest = oldest
        self.newest = newest
    }
}
