import ChanceryNode
import TestKit
import Testing

/// Searches over a store of known content, compared with a filter over a list.
struct SearchTests {
    private let folder = TemporaryFolder()
    private let records: [NewRecord]

    init() throws {
        records = try (0..<60).map { number in
            try SampleRecords.record(
                number, agent: ["a", "b", "é", "e\u{301}"][number % 4], kind: ["k1", "AISS-1.0", "k3"][number % 3],
                type: number % 5 == 0 ? nil : ["t1", "t2", "\u{212a}"][number % 3],
                session: number % 7 == 0 ? "s\(number % 2)" : nil, sequence: number % 3 == 1 ? number : nil,
                time: Int64(number * 37 % 60))
        }
    }

    private func filled(_ kind: StoreKind) throws -> any StoreKind.Store {
        let store = try kind.open(folder)
        for start in stride(from: 0, to: records.count, by: 7) {
            _ = try store.append(Array(records[start..<min(start + 7, records.count)]), moving: [])
        }
        return store
    }

    /// The filter, word by word.
    private func matches(_ query: RecordQuery) -> [UInt64] {
        func same(_ wanted: String?, _ found: String?) -> Bool {
            wanted == nil || wanted.map { Array($0.utf8) } == found.map { Array($0.utf8) }
        }
        let found = records.indices.filter { position in
            let record = records[position]
            return same(query.agent, record.agent) && same(query.kind, record.kind) && same(query.session, record.session)
                && same(query.eventType, record.eventType) && record.time >= query.from ?? .min
                && record.time < query.until ?? .max
        }
        return found.map(UInt64.init)
    }

    private static var queries: [RecordQuery] {
        var queries = [RecordQuery()]
        for agent in ["a", "é", "e\u{301}", "nobody"] { queries.append(RecordQuery(agent: agent)) }
        for type in ["t1", "\u{212a}", "K", "none"] { queries.append(RecordQuery(eventType: type)) }
        for kind in ["k1", "k3"] { queries.append(RecordQuery(kind: kind)) }
        queries += [
            RecordQuery(session: "s1"), RecordQuery(from: 20), RecordQuery(until: 20), RecordQuery(from: 10, until: 11),
            RecordQuery(from: 30, until: 20), RecordQuery(agent: "a", eventType: "t2"),
            RecordQuery(agent: "b", kind: "AISS-1.0"),
            RecordQuery(agent: "a", eventType: "t1", kind: "k1", session: "s0", from: 0, until: 59),
            RecordQuery(from: .min, until: .max),
        ]
        return queries
    }

    @Test(arguments: StoreKind.allCases, [false, true])
    func `paging through any filter gives every match once, in order`(kind: StoreKind, newestFirst: Bool) throws {
        let store = try filled(kind)
        for var query in Self.queries {
            let expected = newestFirst ? matches(query).reversed() : matches(query)
            for limit in [1, 4, 100] {
                query.after = nil
                query.limit = limit
                query.newestFirst = newestFirst
                var found: [UInt64] = []
                while true {
                    let page = try store.records(query)
                    found += page.map(\.position)
                    #expect(page.count <= limit)
                    guard page.count == limit, found.count <= records.count else { break }
                    query.after = page.last?.position
                }
                #expect(found == expected, "\(query)")
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a cursor beyond the end gives nothing and one before the start everything`(kind: StoreKind) throws {
        let store = try filled(kind)
        #expect(try store.records(RecordQuery(after: 59)).isEmpty && store.records(RecordQuery(after: .max)).isEmpty)
        #expect(try store.records(RecordQuery(after: 0, newestFirst: true)).isEmpty)
        #expect(try store.records(RecordQuery(after: .max, limit: 100, newestFirst: true)).count == 60)
    }

    @Test func `a limit is held to its bounds`() {
        #expect(RecordQuery(limit: 0).limit == 1 && RecordQuery(limit: -4).limit == 1)
        #expect(RecordQuery(limit: .max).limit == 10_000)
    }
}
