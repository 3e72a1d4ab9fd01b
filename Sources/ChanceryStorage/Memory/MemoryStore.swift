public import ChanceryLedger
public import ChanceryNode
public import ChancerySuite
internal import Synchronization

/// A store that lives as long as the process: for tests and for trying things out. It keeps nothing.
public final class MemoryStore: RecordStore, RecordIndex, SigningFence, RecordAudit {
    private struct State {
        var records: [NewRecord] = []
        var chains: [String: ChainState] = [:]
        var nonces: Set<[[UInt8]]> = []
        var frontier = MerkleFrontier()
        var generation: Int64 = 0
    }
    private let state = Mutex(State())
    private let id = StoreID.random()

    public init() {}

    public func append(_ records: [NewRecord], moving moves: [ChainMove]) throws -> UInt64 {
        try state.withLock { state in
            var chains = state.chains
            for move in moves {
                guard chains[move.agent] == move.expected else {
                    throw NodeError(.storeConflict, "the chain of `\(move.agent)` has moved")
                }
                try move.requireGrowth()
                guard
                    move.expected != nil
                        || !state.records.contains(where: {
                            $0.sequence != nil && $0.agent.utf8.elementsEqual(move.agent.utf8)
                        })
                else { throw NodeError(.storeCorrupt, "the chain of `\(move.agent)` has events and no head") }
                chains[move.agent] = move.new
            }
            let first = state.frontier.size
            for record in records {
                state.frontier.append(record.leaf)
                if let nonce = record.nonce { state.nonces.insert([Array(record.agent.utf8), Array(nonce.utf8)]) }
            }
            state.records += records
            state.chains = chains
            return first
        }
    }

    public func chain(_ agent: String) throws -> ChainState? { state.withLock { $0.chains[agent] } }

    public func chains() throws -> [(agent: String, state: ChainState)] {
        state.withLock { state in state.chains.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    public func hasNonce(_ nonce: String, of agent: String) throws -> Bool {
        state.withLock { $0.nonces.contains([Array(agent.utf8), Array(nonce.utf8)]) }
    }

    public func frontier() throws -> MerkleFrontier { state.withLock { $0.frontier } }

    public func leaves(_ range: Range<UInt64>) throws -> [Digest256] {
        state.withLock { state in
            let end = min(range.upperBound, UInt64(state.records.count))
            return range.lowerBound < end ? state.records[Int(range.lowerBound)..<Int(end)].map(\.leaf) : []
        }
    }

    public func integrityFailures() throws -> [String] { [] }

    public func difference(from expected: NewRecord, at position: UInt64) throws -> String? {
        state.withLock { state in
            guard position < UInt64(state.records.count) else { return "the record is missing" }
            return state.records[Int(position)] == expected ? nil : "the record differs from its bytes"
        }
    }

    public func storeID() throws -> StoreID { id }

    public func snapshot() throws -> StoreSnapshot {
        state.withLock { state in
            StoreSnapshot(
                id: id, frontier: state.frontier, records: UInt64(state.records.count), generation: state.generation,
                chains: state.chains.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }

    public func advanceGeneration(beyond known: Int64) throws -> Int64 {
        state.withLock {
            $0.generation = max($0.generation, known) + 1
            return $0.generation
        }
    }

    public func generation() throws -> Int64 { state.withLock { $0.generation } }

    public func records(_ query: RecordQuery) throws -> [StoredRecord] {
        let records = state.withLock { $0.records }
        let positions = query.newestFirst ? records.indices.reversed() : Array(records.indices)
        return positions.lazy
            .filter { query.matches(records[$0], at: UInt64($0)) }
            .prefix(query.limit).map { StoredRecord(records[$0], at: UInt64($0)) }
    }

    public func record(id: [UInt8]) throws -> StoredRecord? {
        state.withLock { state in
            state.records.firstIndex { $0.id == id }.map { StoredRecord(state.records[$0], at: UInt64($0)) }
        }
    }

    public func statistics() throws -> StoreStatistics {
        state.withLock { state in
            StoreStatistics(
                records: UInt64(state.records.count), bytes: UInt64(state.records.reduce(0) { $0 + $1.bytes.count }),
                agents: state.chains.keys.count(where: ChainState.isAgent),
                sessions: Set(
                    state.records.compactMap { $0.session.map { Array($0.utf8) } }.filter {
                        $0.count < StoreStatistics.decisionBytes
                    }
                ).count,
                byKind: state.records.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 },
                oldest: state.records.map(\.time).min(), newest: state.records.map(\.time).max())
        }
    }
}

extension RecordQuery {
    fileprivate func matches(_ record: NewRecord, at position: UInt64) -> Bool {
        for (wanted, found) in [
            (agent, record.agent), (eventType, record.eventType), (kind, record.kind), (session, record.session),
        ] {
            // As bytes: a `String` takes two spellings of one character for the same.
            if let wanted, found.map({ wanted.utf8.elementsEqual($0.utf8) }) != true { return false }
        }
        if let from, record.time < from { return false }
        if let until, record.time >= until { return false }
        if let after { return newestFirst ? position < after : position > after }
        return true
    }
}

extension StoredRecord {
    fileprivate init(_ record: NewRecord, at position: UInt64) {
        self.init(
            position: position, kind: record.kind, id: record.id, bytes: record.bytes, leaf: record.leaf,
            agent: record.agent, sequence: record.sequence, time: record.time, eventType: record.eventType,
            session: record.session)
    }
}
