internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Which trees were signed or intended before, as the high-water marks tell, and which of them the log answers for.
struct LogLineage {
    /// The name under which the log signs; nil without keys.
    let origin: String?
    let store: StoreID
    /// Marks under the log's own name, whichever store made them.
    private(set) var current: [HighWaterMark] = []
    /// Marks of this store under another name that no statement closes: somebody took the log away.
    private(set) var open: [HighWaterMark] = []
    /// Marks of this store under an earlier name, which a `log-start` statement names.
    private(set) var closed: [HighWaterMark] = []
    /// Marks that cannot be read.
    private(set) var damaged: [StoredMark] = []

    init(_ marks: [StoredMark], origin: String?, store: StoreID, statements: [LogStartStatement]) {
        self.origin = origin
        self.store = store
        for stored in marks {
            guard case .success(let mark) = stored.content else {
                damaged.append(stored)
                continue
            }
            if let origin, mark.origin.utf8.elementsEqual(origin.utf8) {
                current.append(mark)
            } else if statements.contains(where: { $0.closes(mark) }) {
                closed.append(mark)
            } else {
                open.append(mark)
            }
        }
    }

    /// The mark that this store's log wrote last.
    var own: HighWaterMark? { current.first { $0.store == store } }

    /// - Throws: `store.corrupt`, with the file and the way out.
    func requireReadable() throws {
        guard let mark = damaged.first, case .failure(let error) = mark.content else { return }
        let detail = (error as? any CodedError)?.detail ?? "\(error)"
        throw NodeError(
            .storeCorrupt,
            "the high-water mark `\(mark.path)` cannot be read (\(detail)); restore it, or continue with `log restart --origin NEW`"
        )
    }
}

/// What a `log-start` statement says of the log before.
struct LogStartStatement {
    let previousOrigin: String
    let previousSize: UInt64
    let previousRoot: String

    /// Nil for bytes that are no such statement.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONParser.parse(bytes, limits: .init(bytes: 1 << 16, depth: 8)),
            let origin = value["previous_origin"]?.string, let root = value["previous_root"]?.string,
            let size = value["previous_size"]?.integer.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        previousOrigin = origin
        previousRoot = root
        previousSize = size
    }

    /// Whether the statement names the tree of `mark` or a later one.
    func closes(_ mark: HighWaterMark) -> Bool {
        guard previousOrigin.utf8.elementsEqual(mark.origin.utf8) else { return false }
        return previousSize > mark.head.size
            || previousSize == mark.head.size && previousRoot == Hex.encode(mark.head.root.bytes)
    }
}

extension TransparencyLog {
    /// The trees signed before under `origin` or for this store.
    func lineage(of origin: String?) throws -> LogLineage {
        let store = try store.storeID()
        return try LogLineage(
            files.marks(of: origin, store: store), origin: origin, store: store, statements: statements())
    }

    /// What the store says of earlier logs of its own.
    private func statements() throws -> [LogStartStatement] {
        try store.records(RecordQuery(kind: StoreStatement.logStart, limit: 10_000)).compactMap {
            LogStartStatement($0.bytes)
        }
    }

    /// Whether the store's records give `head` or continue it.
    func continues(_ head: TreeHead) throws -> Bool {
        guard try store.frontier().size >= head.size else { return false }
        var frontier = MerkleFrontier()
        while frontier.size < head.size {
            let leaves = try store.leaves(frontier.size..<min(head.size, frontier.size + 65_536))
            guard !leaves.isEmpty else { return false }
            for leaf in leaves { frontier.append(leaf) }
        }
        return frontier.head == head
    }
}
