import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Dispatch

/// Durable stamping: every figure ends with the commit that survives power loss.
enum StampingBench {
    static func classical(_ home: BenchHome, _ scale: Scale) throws -> [Measurement] {
        let agent = try home.identity("classical")
        let payloads = (0..<scale.classicalEvents).map(SamplePayload.trade)
        let rates = try (0..<scale.rounds).map { _ in try rate(payloads, group: 1000, agent, .aiss1, home) }
        return [
            Measurement(
                "stamp.aiss1", "AISS-1, durable, groups of 1,000", .perSecond, rates, target: .atLeast(10_000))
        ]
    }

    /// Stamping and bare signing take turns, so that both see the same machine.
    static func hybrid(_ home: BenchHome, _ scale: Scale) throws -> [Measurement] {
        let agent = try home.identity("hybrid")
        let payloads = (0..<scale.hybridEvents).map(SamplePayload.trade)
        var rates: [Double] = []
        var signing: [Double] = []
        for _ in 0..<scale.rounds {
            signing.append(try signingRate(agent.keys.aiss, scale.hybridEvents))
            rates.append(try rate(payloads, group: 500, agent, .aiss21, home))
        }
        return [
            Measurement("sign.pair", "signatures alone (Ed25519 and ML-DSA-65), all cores", .perSecond, signing),
            Measurement("stamp.aiss21", "AISS-2.1, durable, groups of 500", .perSecond, rates),
            Measurement(
                "stamp.aiss21.share", "AISS-2.1 stamping as a share of signing alone", .ratio,
                zip(rates, signing).map { $0 / $1 }, target: .atLeast(0.8)),
        ]
    }

    static func batch(_ home: BenchHome, _ scale: Scale) throws -> [Measurement] {
        let agent = try home.identity("batch")
        let payloads = (0..<scale.batchEvents).map(SamplePayload.step)
        let rates = try (0..<scale.rounds).map { _ in
            try rate(payloads, group: BatchSeal.maximumCount, agent, .batch, home)
        }
        return [
            Measurement(
                "stamp.batch", "batch-sealed, payloads of 300 bytes, durable, groups of 8,192", .perSecond, rates,
                target: .atLeast(50_000))
        ]
    }

    /// One event a commit: what a caller gets that waits for every event.
    static func single(_ home: BenchHome, _ scale: Scale) throws -> [Measurement] {
        let agent = try home.identity("single")
        let payloads = (0..<scale.classicalEvents / 10).map(SamplePayload.trade)
        let rates = try (0..<scale.rounds).map { _ in try rate(payloads, group: 1, agent, .aiss1, home) }
        return [Measurement("stamp.single", "AISS-1, durable, one event a commit", .perSecond, rates)]
    }

    static func rate(
        _ payloads: [JSONObject], group: Int, _ agent: OpenIdentity, _ profile: StampProfile, _ home: BenchHome
    ) throws -> Double {
        let time = try seconds {
            for start in stride(from: 0, to: payloads.count, by: group) {
                let part = Array(payloads[start..<min(start + group, payloads.count)])
                _ = try home.ledger.stamp(part, as: agent, profile: profile)
            }
        }
        home.advance(bySeconds: 1)
        return Double(payloads.count) / time
    }

    /// Pairs of signatures over a message of an event's size.
    private static func signingRate(_ key: SigningKey<Purpose.AISS>, _ count: Int) throws -> Double {
        let message = [UInt8](repeating: 0x61, count: 400)
        let time = seconds {
            DispatchQueue.concurrentPerform(iterations: count) { _ in
                for part in key.parts { precondition((try? part.sign(message)) != nil, "signing failed") }
            }
        }
        return Double(count) / time
    }
}
