internal import ChanceryNode

/// The events of several chains in the order of the log, read a page at a time.
struct ChainRecords {
    private struct Stream {
        var query: RecordQuery
        var page: ArraySlice<StoredRecord> = []
        var isDone = false
    }

    private let store: any RecordIndex
    private var streams: [Stream]

    /// The events of `agents` after position `after`.
    init(_ store: any RecordIndex, _ agents: [String], after: UInt64? = nil) {
        self.store = store
        streams = agents.map { Stream(query: RecordQuery(agent: $0, after: after, limit: 2000)) }
    }

    /// The next event; nil after the last one. What cannot be read is an error, not the end.
    mutating func next() throws -> StoredRecord? {
        for index in streams.indices { try fill(&streams[index]) }
        let next = streams.indices.min {
            (streams[$0].page.first?.position ?? .max) < (streams[$1].page.first?.position ?? .max)
        }
        return next.flatMap { streams[$0].page.popFirst() }
    }

    private func fill(_ stream: inout Stream) throws {
        while stream.page.isEmpty, !stream.isDone {
            let page = try store.records(stream.query)
            stream.isDone = page.count < stream.query.limit
            stream.query.after = page.last?.position ?? stream.query.after
            stream.page = page.filter { $0.sequence != nil }[...]
        }
    }
}
