import ChanceryArithmetic
import ChanceryCircuit
import ChanceryCustodian
import ChanceryOracle
import Testing

/// Lies about the frames that come before any evaluation, those of the agreement on keys and coins, and about those to clients.
@Suite(.serialized, .timeLimit(.minutes(8)))
struct FrameKindTests {
    private static var policy: ComputePolicy {
        var policy = ComputePolicy()
        (policy.clientBudget, policy.programBudget, policy.evaluationsPerMinute) = (1 << 30, 1 << 30, 1_000_000)
        (policy.outputBits, policy.extraction, policy.checksRanges) = (127, nil, false)
        return policy
    }

    private static let program = """
        input a
        input y
        mul b = a y
        mul c = b y
        mul d = c b
        output d
        """

    /// Commitments, contributions and confirmations.
    @Test(arguments: [
        "1 wrong", "1 silent", "1 equivocal", "2 wrong", "2 silent", "2 equivocal", "3 wrong", "3 silent", "3 equivocal",
    ])
    func `while a custodian lies about keys none are agreed on, and without the lie they are right`(lie: String) async throws {
        let cluster = try ProcessCluster(4, 2, material: 16)
        defer { cluster.stop() }
        try await cluster.agreeAnew(with: 2, lying: lie)
        // Custodian 1 proposes every four seconds.
        for _ in 0..<50 {
            let agreements = await cluster.agreements()
            let honest = [1, 3, 4].compactMap { agreements[$0] ?? nil }
            #expect(honest.count < 3 || Set(honest).count > 1, "\(lie): \(agreements)")
            try await Task.sleep(for: .milliseconds(200))
        }
        try cluster.lie(2, "")
        var agreed: [String] = []
        for _ in 0..<300 where agreed.count < 4 || Set(agreed).count > 1 {
            try await Task.sleep(for: .milliseconds(200))
            agreed = await cluster.agreements().values.compactMap { $0 }
        }
        try #require(agreed.count == 4 && Set(agreed).count == 1, "\(lie): \(agreed)")
        let (id, circuit) = try await cluster.activate(Self.program, Self.policy)
        for x: UInt64 in 3...5 {
            let row = [FieldElement(x), FieldElement(11)]
            #expect(try await cluster.client.evaluate(id, [row]).outputs == [circuit.evaluate(inputs: row, secrets: [])])
        }
    }

    /// Masks and results travel in messages that only the client opens, so a custodian lies before it seals them.
    @Test(arguments: [4, 5], [7, 9])
    func `a custodian process that seals wrong shares to its clients is named by them, and their results are right`(
        size: Int, kind: Int
    ) async throws {
        let cluster = try ProcessCluster(size, 2, material: 64)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(Self.program, Self.policy)
        try cluster.startLiar(2)
        try await cluster.reachable(size)
        try await cluster.supply(id, 16)
        for way in ["wrong", "beyond", "short", "other", ""] {
            try cluster.lie(2, way.isEmpty ? "" : "\(kind) \(way)")
            for x: UInt64 in 3...5 {
                let row = [FieldElement(x), FieldElement(11)]
                let result = try await cluster.client.evaluate(id, [row])
                #expect(try result.outputs == [circuit.evaluate(inputs: row, secrets: [])], "\(kind) \(way)")
                #expect(result.named == [] || result.named == [2], "\(kind) \(way)")
                if way == "wrong" { #expect(result.named == [2], "\(kind) \(way)") }
                if way.isEmpty { #expect(result.named == []) }
            }
        }
    }

    /// Coins are drawn where three make material; four notice a wrong share without them.
    @Test(arguments: ["5 wrong", "5 silent", "5 equivocal"])
    func `a custodian process that lies about coins spends material and makes no answer wrong`(lie: String) async throws {
        let cluster = try ProcessCluster(4, 2, material: 16)
        defer { cluster.stop() }
        let (id, circuit) = try await cluster.activate(Self.program, Self.policy)
        try cluster.startLiar(2)
        try await cluster.reachable(4)
        try cluster.lie(2, lie)
        try cluster.kill(4)
        try await cluster.reachable(3)
        let client = cluster.client
        var turn: UInt64 = 0
        /// Whether eight evaluations are answered; wrong ones are an issue.
        func isAnswered() async throws -> Bool {
            turn += 1
            let rows = (0..<8).map { [FieldElement(10 * turn + UInt64($0)), FieldElement(11)] }
            guard let result = try? await client.evaluate(id, rows) else { return false }
            #expect(try result.outputs == rows.map { try circuit.evaluate(inputs: $0, secrets: []) }, "\(lie)")
            return true
        }
        // What was made before lasts for a few claims. Without the liar three are too few to make more.
        var isSpent = false
        for _ in 0..<8 where !isSpent { isSpent = try await !isAnswered() }
        #expect(isSpent, "\(lie)")
        try cluster.start(4)
        try await cluster.reachable(4)
        var (answered, tries) = (0, 0)
        while answered < 3, tries < 20 {
            tries += 1
            answered += try await isAnswered() ? 1 : 0
        }
        #expect(answered == 3, "\(lie): \(answered) of \(tries)")
        cluster.stop()
        for number in [1, 3] {
            let log = try cluster.log(number)
            try LogRule.requireOnce(log)
            let begun = log.count { String(decoding: $0, as: UTF8.self).contains(#""kind":"begun""#) }
            #expect(begun < 40, "\(begun)")
        }
    }
}
