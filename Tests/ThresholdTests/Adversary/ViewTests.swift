import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

struct ViewTests {
    /// A comparison, a division and a product of a secret and an input.
    private static var circuit: Circuit {
        get throws {
            try Circuit(
                inputs: Sample.inputs(1, range: 0...255), secrets: Sample.secrets(1),
                gates: [
                    .input(0), .secret(0), .products([Sample.pair(0, 1)], Circuit.Truncation(shift: 4, bits: 40)),
                    .isNegative(Sample.wire(2), bits: 40), .products([Sample.pair(3, 2)], nil),
                ],
                outputs: [Sample.output(4)])
        }
    }

    /// How often each value of four bits stands at each place of what custodians 1 and 2 are sent, over many runs.
    private static func counts(input: UInt64, secret: Int64, runs: Int, seed: UInt64) throws -> [[Int]] {
        let committee = try Sample.committee(5, 3, seed: seed)
        var counts: [[Int]] = []
        let installed = try committee.install(circuit, [FieldElement(signed: secret)])
        let plan = try Plan(circuit)
        let pools = try committee.material(plan, count: runs, secrets: installed)
        var place = 0
        committee.network.tap = { message in
            guard (1...2).contains(message.to) else { return [message] }
            let isElements = ![FrameKind.transcript.rawValue].contains(message.bytes[1])
            guard isElements else { return [message] }
            let payload = Array(message.bytes[Frame.headerBytes...])
            for start in stride(from: 0, to: payload.count, by: 16) {
                if counts.count <= place { counts.append([Int](repeating: 0, count: 16)) }
                counts[place][Int(payload[start] & 15)] += 1
                // Every evaluation of the batch counts for one place.
                if (start / 16 + 1) % runs == 0 { place += 1 }
            }
            return [message]
        }
        let parties = Array(1...5)
        let run = try LocalCommittee.Run(
            committee, plan, pools, 0..<UInt64(runs), secrets: installed, parties: parties
        ) { session in
            try ClientSession(
                circuit, values: [[FieldElement]](repeating: [FieldElement(input)], count: runs),
                committee: committee.committee, session: session, parties: parties)
        }
        try run.finish()
        return counts
    }

    @Test
    func `what two of five custodians see does not depend on inputs and secrets`() throws {
        let runs = 1600
        let first = try Self.counts(input: 3, secret: 1_000_000, runs: runs, seed: 11)
        let second = try Self.counts(input: 250, secret: -77, runs: runs, seed: 12)
        #expect(first.count == second.count && first.count > 100)
        var highest = 0.0
        for (a, b) in zip(first, second) where a.reduce(0, +) == runs {
            // Two samples of the same size, 15 degrees of freedom.
            let statistic = zip(a, b).reduce(0.0) { sum, pair in
                let both = Double(pair.0 + pair.1)
                return both == 0 ? sum : sum + Double((pair.0 - pair.1) * (pair.0 - pair.1)) / both
            }
            highest = max(highest, statistic)
        }
        // Beyond 60 with a chance of 2·10^−7 at one place, and there are a few hundred places.
        #expect(highest < 60, "\(highest)")
    }

    @Test
    func `the statistic sees values that are not masked`() {
        let a = [Int](repeating: 100, count: 16)
        var b = a
        (b[3], b[4]) = (0, 200)
        let statistic = zip(a, b).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) / Double($1.0 + $1.1) }
        #expect(statistic > 60)
    }
}
