internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Reads the batch chain of one identity from a store as it grows, and checks that it is what its owner signed: every event is
/// linked to the one before, and a signed seal stands at the end.
struct ChainFollower {
    /// What is wrong with a chain, for whoever follows it to say with a code of its own.
    struct Break: Error {
        let detail: String
    }

    /// An event as it was read.
    struct Link {
        let event: BatchEvent
        /// As it was signed, in whole seconds.
        let time: UTCTime
        /// As the store has it, to the millisecond; nobody signed that.
        let stored: UTCTime
        /// Its place in the chain, from 0.
        let sequence: Int
    }

    private let document: IdentityDocument
    /// Where the chain stood when it was read last.
    private(set) var chain: ChainState?
    private var head: String?
    private var position: UInt64?

    init(_ document: IdentityDocument) { self.document = document }

    /// Gives every event that came since to `body`, in order.
    ///
    /// - Parameter since: what is older is not read; for who begins to follow a chain whose beginning does not matter any more.
    /// - Throws: ``Break``, what the store throws, and what `body` throws.
    mutating func advance(
        _ store: any RecordStore & RecordIndex, since: UTCTime? = nil, _ body: (Link) throws -> Void
    ) throws {
        guard let current = try store.chain(document.agentID.text) else {
            guard chain == nil else { throw Break(detail: "the chain is gone") }
            return
        }
        guard current != chain else { return }
        var isReached = head.map { $0.utf8.elementsEqual(current.head.utf8) } ?? false
        var isMoved = false
        var seal: StoredRecord?
        var query = RecordQuery(
            agent: document.agentID.text, from: since?.milliseconds, after: position, limit: 1000)
        while true {
            let page = try store.records(query)
            for record in page {
                if record.kind == BatchSeal.type { seal = record }
                guard record.kind == BatchEvent.version else { continue }
                let event = try BatchEvent(decoding: record.bytes)
                guard head.map({ $0.utf8.elementsEqual(event.previousHash.utf8) }) ?? true else {
                    throw Break(detail: "event \(record.sequence ?? 0) does not follow the one before")
                }
                head = event.hash
                isMoved = true
                isReached = isReached || event.hash.utf8.elementsEqual(current.head.utf8)
                try body(
                    Link(
                        event: event, time: UTCTime(seconds: event.timestamp), stored: UTCTime(milliseconds: record.time),
                        sequence: record.sequence ?? 0))
            }
            position = page.last?.position ?? position
            guard page.count == query.limit else { break }
            query.after = position
        }
        guard isReached || since.map({ current.timestamp < $0.seconds }) ?? false else {
            throw Break(detail: "the latest events are not in the store")
        }
        if isMoved, let head {
            guard let seal,
                try BatchSeal.verify(UnverifiedRecord(decoding: seal.bytes), by: document).claims.head.utf8
                    .elementsEqual(head.utf8)
            else { throw Break(detail: "the chain ends with events that nobody signed") }
        }
        chain = current
    }

    /// Notes that this process wrote up to `position`.
    mutating func advance(to chain: ChainState, position: UInt64) {
        self.chain = chain
        head = chain.head
        self.position = position
    }
}
