import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

struct RangeTests {
    private static func circuit(_ range: ClosedRange<Int128>) throws -> Circuit {
        try Circuit(
            inputs: Sample.inputs(2, range: range), secrets: Sample.secrets(2, range: range),
            gates: [
                .input(0), .input(1), .secret(0), .secret(1), .products([Sample.pair(0, 2), Sample.pair(1, 3)], nil),
            ],
            outputs: [Sample.output(4)])
    }

    @Test(arguments: [0...255, -5...10, 7...7, -(1 << 40)...(1 << 40)] as [ClosedRange<Int128>])
    func `values at the ends of a range are taken, and the client refuses those beyond`(range: ClosedRange<Int128>) throws {
        let circuit = try Self.circuit(range)
        let committee = try Sample.committee(4, 2)
        let ends = [FieldElement(signed128: range.lowerBound), FieldElement(signed128: range.upperBound)]
        let result = try committee.evaluate(circuit, [ends, ends.reversed()], secrets: ends)
        #expect(try result.outputs[0] == circuit.evaluate(inputs: ends, secrets: ends))
        #expect(try result.outputs[1] == circuit.evaluate(inputs: ends.reversed(), secrets: ends))
        for beyond in [range.lowerBound - 1, range.upperBound + 1] {
            let error = #expect(throws: ThresholdError.self) {
                _ = try committee.evaluate(circuit, [[ends[0], FieldElement(signed128: beyond)]], secrets: ends)
            }
            #expect(error?.code == "threshold.input_out_of_range")
        }
    }

    /// A client that says something else than it showed: the frame holds Δ, so adding to Δ adds to the value.
    @Test(arguments: [(3, 2), (4, 2), (5, 3)], [0, 1, 9, 40])
    func `a client that breaks a range or a bit is refused by every custodian`(of size: (Int, Int), place: Int) throws {
        let circuit = try Self.circuit(0...(1 << 20) - 1)
        let committee = try Sample.committee(size.0, size.1)
        let installed = try committee.install(circuit, [.one, .one])
        let plan = try Plan(circuit)
        let pools = try committee.material(plan, count: 2, secrets: installed)
        committee.network.tap = { message in
            guard message.from == 0 else { return [message] }
            var changed = message
            // The second evaluation's element of this row.
            changed.bytes[Frame.headerBytes + (place * 2 + 1) * 16] ^= 1
            return [changed]
        }
        let parties = Array(1...size.0)
        let run = try LocalCommittee.Run(committee, plan, pools, 0..<2, secrets: installed, parties: parties) { session in
            try ClientSession(
                circuit, values: [[.one, .zero], [.one, .one]], committee: committee.committee, session: session,
                parties: parties)
        }
        try run.finish()
        let failures = committee.network.errors.filter { $0.step == "failed" && $0.party > 0 }
        #expect(failures.map(\.error.code) == failures.map { _ in "threshold.input_out_of_range" })
        #expect(failures.count == size.0)
        #expect(failures.allSatisfy { $0.error.detail.hasPrefix("evaluation 1 ") })
    }
}
