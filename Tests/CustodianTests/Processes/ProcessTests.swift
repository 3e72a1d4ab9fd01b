import ChanceryArithmetic
import ChanceryCircuit
import ChanceryCustodian
import ChanceryOracle
import ChanceryThreshold
import Foundation
import Synchronization
import Testing

/// Custodians that die, lie and are asked by many at once, each a process of its own on channels of its own.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct ProcessTests {
    private static let policy = ComputePolicy.wide(budget: 1 << 30, perMinute: 1_000_000)

    /// `depth` products one after another, each opened.
    private static func chain(_ depth: Int) -> String {
        let steps = (1...depth).map { "mul a\($0) = a\($0 - 1) y" }
        return (["input a0", "input y"] + steps + ["output a\(depth)"]).joined(separator: "\n")
    }

    private struct Seeded {
        var state: UInt64

        mutating func number(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    /// Thirty rounds take some ten milliseconds, so that kills within fifty land before, in and after all of them.
    @Test func `kill -9 of anybody at any round gives no wrong answer and no material twice`() async throws {
        let cluster = try ProcessCluster(4, 2, material: 64)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(Self.chain(30), Self.policy)
        let client = cluster.client
        func expected(_ row: [FieldElement]) throws -> [[FieldElement]] { [try circuit.evaluate(inputs: row, secrets: [])] }
        let first = [FieldElement(3), FieldElement(5)]
        #expect(try await client.evaluate(id, [first]).outputs == expected(first))
        var seeded = Seeded(state: 7)
        var answered = 0
        for turn in 0..<20 {
            let victim = turn % 5
            let delay = seeded.number(below: 50)
            async let answers: Int = try withThrowingTaskGroup(of: Bool.self) { group in
                for x in UInt64(0)..<4 {
                    group.addTask {
                        let row = [FieldElement(100 * UInt64(turn) + x), FieldElement(7)]
                        guard let result = try? await client.evaluate(id, [row]) else { return false }
                        let right = try circuit.evaluate(inputs: row, secrets: [])
                        #expect(result.outputs == [right], "turn \(turn)")
                        return true
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try await Task.sleep(for: .milliseconds(delay))
            try cluster.kill(victim)
            answered += try await answers
            try cluster.start(victim)
            try await cluster.reachable(4)
            let row = [FieldElement(UInt64(turn)), FieldElement(9)]
            let after = try await client.evaluate(id, [row])
            #expect(try after.outputs == expected(row), "after turn \(turn)")
        }
        // Three custodians are enough, so most answers came.
        #expect(answered > 20, "\(answered) of 80")
        cluster.stop()
        let logs = try (1...4).map { try cluster.log($0) }
        for log in logs { try LogRule.requireOnce(log) }
        try LogRule.requireOnce(committee: logs, signatures: cluster.roster.set.quorum)
    }

    private static let (opening, transcript) = (4, 6)

    @Test(arguments: [
        (4, "wrong"), (4, "equivocal"), (4, "beyond"), (4, "silent"), (4, "twice"), (4, "replay"), (4, "reorder"),
        (5, "wrong"), (5, "silent"), (5, "reorder"),
    ])
    func `a custodian process that lies is named at four and five, and the answer is right`(size: Int, way: String)
        async throws
    {
        let cluster = try ProcessCluster(size, 2, material: 64)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(Self.chain(4), Self.policy)
        try cluster.startLiar(2)
        try await cluster.reachable(size)
        try await cluster.supply(id, 40)
        let client = cluster.client
        for kind in [Self.opening, Self.transcript] {
            try cluster.lie(2, "\(kind) \(way)")
            let row = [FieldElement(UInt64(kind)), FieldElement(11)]
            var result = try await client.evaluate(id, [row])
            let right = try [circuit.evaluate(inputs: row, secrets: [])]
            #expect(result.outputs == right, "\(kind) \(way)")
            // One custodian's word names nobody, a second frame may be a replay, and hashes of what a client submitted may
            // differ by the client's doing.
            let isSeen = way == "silent" || (kind == Self.opening && ["wrong", "beyond"].contains(way))
            // Enough others may have answered before it.
            for _ in 0..<3 where isSeen && result.named.isEmpty {
                result = try await client.evaluate(id, [row])
                #expect(result.outputs == right, "\(kind) \(way)")
            }
            if isSeen { #expect(result.named == [2], "\(kind) \(way)") }
            // What comes again, or behind what is of a later round, is no lie. Behind the last hash of a session nothing comes.
            let isHarmless = way == "replay" || (way == "reorder" && kind == Self.opening)
            #expect(Set(result.named).isSubset(of: isHarmless ? [] : [2]), "\(kind) \(way)")
            try cluster.lie(2, "")
        }
    }

    /// A pool of sixteen evaluations, and five claims of eight: material is made while custodian 2 lies about it.
    @Test(arguments: ["4 wrong", "4 silent", "6 wrong"])
    func `a custodian process that keeps material from being made is left out of it`(lie: String) async throws {
        let cluster = try ProcessCluster(4, 2, material: 16)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(Self.chain(4), Self.policy)
        try cluster.startLiar(2)
        try await cluster.reachable(4)
        try cluster.lie(2, lie)
        let client = cluster.client
        var (answered, tries) = (0, 0)
        while answered < 5, tries < 20 {
            tries += 1
            let rows = (0..<8).map { [FieldElement(UInt64(10 * tries + $0)), FieldElement(11)] }
            guard let result = try? await client.evaluate(id, rows) else { continue }
            #expect(try result.outputs == rows.map { try circuit.evaluate(inputs: $0, secrets: []) })
            answered += 1
        }
        #expect(answered == 5, "\(answered) of \(tries)")
        cluster.stop()
        // Each try burns what it is about: there are few.
        for number in [1, 3, 4] {
            let log = try cluster.log(number)
            try LogRule.requireOnce(log)
            let begun = log.count { String(decoding: $0, as: UTF8.self).contains(#""kind":"begun""#) }
            #expect(begun < 40, "\(begun)")
        }
    }

    /// Its statements of frames tell what its node wanted to send, not what left.
    @Test func `a liar that leaves its lie out of its statements is shown to people, unproved`() async throws {
        let cluster = try ProcessCluster(4, 2, material: 64)
        defer { cluster.stop() }
        let (id, _) = try await cluster.activate(Self.chain(4), Self.policy)
        try cluster.startLiar(2)
        try await cluster.reachable(4)
        try await cluster.supply(id, 40)
        let client = cluster.client
        try cluster.lie(2, "\(Self.opening) wrong")
        #expect(try await client.evaluate(id, [[FieldElement(3), FieldElement(11)]]).named == [2])
        try cluster.lie(2, "")
        var shown = ""
        for _ in 0..<20 where !shown.contains("custodian 2 does not stand by what it sent") {
            // Statements are made while something is sent.
            _ = try await client.evaluate(id, [[FieldElement(4), FieldElement(11)]])
            try await Task.sleep(for: .milliseconds(500))
            shown = try cluster.blames(id)
        }
        #expect(shown.contains("custodian 2 does not stand by what it sent, say"))
    }

    @Test func `with three custodian processes a liar can end an evaluation and never make it wrong`() async throws {
        let cluster = try ProcessCluster(3, 2, material: 64)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(Self.chain(4), Self.policy)
        try cluster.startLiar(2)
        try await cluster.reachable(3)
        try await cluster.supply(id, 40)
        let client = cluster.client
        for way in ["wrong", "equivocal", "beyond", "silent"] {
            try cluster.lie(2, "\(Self.opening) \(way)")
            let row = [FieldElement(6), FieldElement(11)]
            await #expect(throws: (any Error).self, "\(way)") { _ = try await client.evaluate(id, [row]) }
            try cluster.lie(2, "")
            #expect(try await client.evaluate(id, [row]).outputs == [circuit.evaluate(inputs: row, secrets: [])])
        }
    }

    /// Between clients and the coordinator's process: what it says is changed on its way.
    @Test func `whatever a coordinator tells clients, no answer of custodian processes is wrong`() async throws {
        let cluster = try ProcessCluster(4, 2, material: 64)
        defer { cluster.stop() }
        try await cluster.reachable(4)
        let (id, _) = try await cluster.activate(
            """
            secret v: int<8>
            secret w: int<8>
            input x: int<8>
            input y: int<8>
            output z = (v * x + w * y) * x
            """, secrets: LyingCoordinator.secrets, Self.policy)
        var noticed: Set<String> = []
        for (name, liar) in LyingCoordinator.all(before: cluster.remote) {
            let client = ComputeClient(cluster.roster, key: cluster.key, service: liar, now: ProcessCluster.clock)
            if await LyingCoordinator.refusals(of: client, id, called: name) > 0 { noticed.insert(name) }
        }
        // Of the others some correct themselves: one custodian of four is not needed.
        #expect(noticed.isSuperset(of: ["another package", "an activation that too few approved", "other masked secrets"]))
        let honest = try await cluster.client.evaluate(id, [[FieldElement(4), FieldElement(2)]])
        #expect(honest.outputs == [[FieldElement(50 * 4)]])
        cluster.stop()
        let logs = try (1...4).map { try cluster.log($0) }
        for log in logs { try LogRule.requireOnce(log) }
        try LogRule.requireOnce(committee: logs, signatures: cluster.roster.set.quorum)
    }

    @Test func `the gateway of a cluster has a key and a budget of its own`() async throws {
        let cluster = try ProcessCluster(3, 2, material: 16)
        defer { cluster.stop() }
        var policy = Self.policy
        policy.clientBudget = 1
        let (id, _) = try await cluster.activate("input x\nmul y = x x\noutput y", policy)
        for client in [cluster.client, try cluster.gatewayClient()] {
            #expect(try await client.evaluate(id, [[FieldElement(5)]]).outputs == [[FieldElement(25)]])
            await #expect { _ = try await client.evaluate(id, [[FieldElement(5)]]) } throws: {
                ($0 as? CustodianError)?.code == "compute.budget_exhausted"
            }
        }
    }

    @Test func `32 clients at once, 500 evaluations each, are all answered right`() async throws {
        let cluster = try ProcessCluster(3, 2, material: 4096)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(
            "input x\nconst c = 7\nadd a = x c\nmul b = a a\nmul y = b x\noutput y", Self.policy)
        let clients = try (0..<32).map { _ in try cluster.admit() }
        let counted = try await withThrowingTaskGroup(of: Int.self) { group in
            for (number, client) in clients.enumerated() {
                group.addTask {
                    var done = 0
                    // Claims of 20 to 79 evaluations.
                    var size = number % 60 + 20
                    while done < 500 {
                        let count = min(size, 500 - done)
                        let rows = (0..<count).map { [FieldElement(UInt64(1000 * number + done + $0))] }
                        let result = try await client.evaluate(id, rows)
                        for (row, outputs) in zip(rows, result.outputs) {
                            #expect(try outputs == circuit.evaluate(inputs: row, secrets: []))
                        }
                        done += result.outputs.count
                        size = size % 60 + 20
                    }
                    return done
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(counted == 16_000)
        cluster.stop()
        for number in 1...3 { try LogRule.requireOnce(cluster.log(number)) }
    }
}
