import ChanceryLedger
import ChanceryNode
import ChanceryStorage

/// Publishing and auditing the log of a filled store.
enum LogBench {
    static func run(_ bench: Bench) throws -> [Measurement] {
        let home = bench.home
        try home.log.start(origin: "bench.chancery.example", protection: .unencrypted)
        let size = Double(try home.store.frontier().size)
        let first = try seconds { _ = try home.log.publish(protection: .unencrypted) }
        let agent = try home.identity("published")
        let payloads = (0..<bench.scale.publishedRecords).map(SamplePayload.step)
        let times = try bench.rounds {
            _ = try home.ledger.stamp(payloads, as: agent, profile: .batch)
            return try seconds { _ = try home.log.publish(protection: .unencrypted) } * 1000
        }
        let last = Double(try home.store.frontier().size)
        // An audit reads everything; two show whether it repeats.
        let audits = try (0..<2).map { _ in
            try seconds {
                let report = try LogAudit.run(store: home.store, log: home.log)
                guard report.isClean else { throw Failure(description: report.failures.joined(separator: "; ")) }
            }
        }
        return [
            Measurement("log.first", "first checkpoint over \(Int(size)) records", .perSecond, [size / first]),
            Measurement("log.publish", "next checkpoint after \(payloads.count) records", .milliseconds, times),
            Measurement("log.audit", "audit of store, chains, tiles and checkpoint", .perSecond, audits.map { last / $0 }),
        ]
    }
}
