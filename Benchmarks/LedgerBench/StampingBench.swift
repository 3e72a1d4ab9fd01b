import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryWire
import Dispatch
import Synchronization

/// Stamping. Every figure but ``inMemory(_:)`` ends with the commit that survives power loss.
///
/// The peer rewrites a file for every event and leaves it to the system when that reaches the disk; here it is made
/// to wait for that, as ours does.
enum StampingBench {
    /// One event after the other on one core, nothing stored: what stamping costs without a disk.
    static func inMemory(_ bench: Bench) throws -> [Measurement] {
        let agent = try bench.home.identity("memory")
        let stamper = try EventStamper(agent.keys.aiss, agentID: agent.document.classicalAgentID)
        let payloads = (0..<bench.scale.classicalEvents).map(SamplePayload.trade)
        let file = try bench.write(payloads.map(JSONValue.object), "payloads.json")
        let samples = try bench.rounds {
            var head = stamper.genesisHash(.aiss1)
            let time = try seconds {
                for (number, payload) in payloads.enumerated() {
                    head = try stamper.stamp(
                        payload, profile: .aiss1, timestamp: 1_790_000_000, nonce: "nonce-\(number)", previousHash: head
                    ).hash
                }
            }
            return Double(payloads.count) / time
        } theirs: { peer in
            try peer.measure("stamp_memory", ["file": .string(file), "count": .integer(Int64(payloads.count))])
        }
        return [
            Measurement(
                "stamp.memory", "AISS-1, one core, nothing stored", .perSecond, samples.ours, peer: samples.theirs)
        ]
    }

    static func classical(_ bench: Bench) throws -> [Measurement] {
        let agent = try bench.home.identity("classical")
        let payloads = (0..<bench.scale.classicalEvents).map(SamplePayload.trade)
        let file = try bench.write(payloads.prefix(bench.scale.peerStores).map(JSONValue.object), "payloads.json")
        let samples = try bench.rounds {
            try rate(payloads, group: 1000, agent, .aiss1, bench.home)
        } theirs: {
            try theirs($0, file, count: bench.scale.peerStores)
        }
        return [
            Measurement(
                "stamp.aiss1", "AISS-1, durable, 1,000 a commit (peer: one)", .perSecond, samples.ours,
                peer: samples.theirs, target: .atLeast(10_000))
        ]
    }

    /// One event a commit, in an empty store and in one that holds a long chain: what a caller gets that waits for
    /// every event.
    static func single(_ bench: Bench) throws -> [Measurement] {
        let agent = try bench.home.identity("single")
        let payloads = (0..<bench.scale.classicalEvents / 10).map(SamplePayload.trade)
        let file = try bench.write(payloads.prefix(bench.scale.peerStores).map(JSONValue.object), "payloads.json")
        let empty = try bench.rounds {
            try rate(payloads, group: 1, agent, .aiss1, bench.home)
        } theirs: {
            try theirs($0, file, count: bench.scale.peerStores)
        }
        let chain = (0..<bench.scale.chainEvents).map(SamplePayload.trade)
        let long = try bench.home.identity("long")
        _ = try bench.home.ledger.stamp(chain, as: long, profile: .aiss1)
        let stored = try bench.write(
            bench.storedEvents(chain.count, of: long.document.classicalAgentID.text), "stored.json")
        let grown = try bench.rounds {
            try rate(payloads, group: 1, long, .aiss1, bench.home)
        } theirs: {
            // Four events are enough to see: each costs the peer a rewrite of all before it.
            try theirs($0, file, count: 4, after: stored)
        }
        return [
            Measurement(
                "stamp.single", "AISS-1, durable, one a commit, new store", .perSecond, empty.ours, peer: empty.theirs),
            Measurement(
                "stamp.grown", "AISS-1, durable, one a commit, \(chain.count) events before", .perSecond, grown.ours,
                peer: grown.theirs),
        ]
    }

    /// Stamping and bare signing take turns, so that both see the same machine.
    static func hybrid(_ bench: Bench) throws -> [Measurement] {
        let agent = try bench.home.identity("hybrid")
        let payloads = (0..<bench.scale.hybridEvents).map(SamplePayload.trade)
        let file = try bench.write(payloads.prefix(bench.scale.peerHybridEvents).map(JSONValue.object), "payloads.json")
        var signing: [Double] = []
        let samples = try bench.rounds {
            signing.append(try signingRate(agent.keys.aiss, bench.scale.hybridEvents))
            return try rate(payloads, group: 500, agent, .aiss21, bench.home)
        } theirs: { peer in
            try peer.measure(
                "stamp_hybrid", ["file": .string(file), "count": .integer(Int64(bench.scale.peerHybridEvents))])
        }
        return [
            Measurement("sign.pair", "signatures alone (Ed25519 and ML-DSA-65), all cores", .perSecond, signing),
            Measurement(
                "stamp.aiss21", "AISS-2.1, durable, 500 a commit (peer: not stored)", .perSecond, samples.ours,
                peer: samples.theirs),
            Measurement(
                "stamp.aiss21.share", "AISS-2.1 stamping as a share of signing alone", .ratio,
                zip(samples.ours, signing).map { $0 / $1 }, target: .atLeast(0.8)),
        ]
    }

    /// Batch seals, which the peer has nothing like: in a new store each round, in a store that already holds many
    /// events, and with two agents at once, where one prepares its events while those of the other are written.
    static func batch(_ bench: Bench) throws -> [Measurement] {
        let payloads = (0..<bench.scale.batchEvents).map(SamplePayload.step)
        let group = BatchSeal.maximumCount
        let alone = try bench.rounds {
            let home = try bench.newHome()
            return try rate(payloads, group: group, home.identity("batch"), .batch, home)
        }
        let two = try bench.rounds {
            let home = try bench.newHome()
            let agents = try [home.identity("first"), home.identity("second")]
            let half = Array(payloads.prefix(payloads.count / 2))
            let failures = Mutex<[any Error]>([])
            let time = seconds {
                DispatchQueue.concurrentPerform(iterations: agents.count) { number in
                    do {
                        _ = try rate(half, group: group, agents[number], .batch, home)
                    } catch {
                        failures.withLock { $0.append(error) }
                    }
                }
            }
            if let failure = failures.withLock({ $0.first }) { throw failure }
            return Double(half.count * agents.count) / time
        }
        let agent = try bench.home.identity("batch")
        let before = bench.scale.batchEvents * 4
        for _ in 0..<4 { _ = try rate(payloads, group: group, agent, .batch, bench.home) }
        let grown = try bench.rounds { try rate(payloads, group: group, agent, .batch, bench.home) }
        let title = { (words: String) in "batch-sealed, 300-byte payloads, durable, 8,192 a commit, \(words)" }
        return [
            Measurement("stamp.batch", title("new store"), .perSecond, alone, target: .atLeast(50_000)),
            Measurement("stamp.batch.two", title("new store, two agents at once"), .perSecond, two),
            Measurement("stamp.batch.grown", title("\(before) events before"), .perSecond, grown),
        ]
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

    /// Events a second that the peer stamps, stores and synchronises, after the events of `stored`.
    private static func theirs(_ peer: Peer, _ file: String, count: Int, after stored: String? = nil) throws -> Double {
        _ = try peer.measure("fill", stored.map { ["file": .string($0)] } ?? [:])
        return try peer.measure("stamp_durable", ["file": .string(file), "count": .integer(Int64(count))])
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
