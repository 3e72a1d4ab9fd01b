import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

/// Programs that other engines answer wrongly, with success.
struct KnownFaultTests {
    @Test(
        arguments: [
            ("input x\nmul a = x x\nmul y = a x\noutput y", [7], 343),
            ("input x\nconst c = 1000\nmul a = x x\nsub y = c a\noutput y", [40], -600),
            ("input x\nmul a = x x\nadd y = a a\noutput y", [9], 162),
            ("input x\nmul a = x x\nmul unused = a x\nadd y = x x\noutput y", [5], 10),
            ("input s\ninput a\ninput b\nmux y = s a b\noutput y", [1, 20, 30], 20),
            ("input s\ninput a\ninput b\nmux y = s a b\noutput y", [0, 20, 30], 30),
            ("input s\ninput a\ninput b\nmux y = s a b\noutput y", [2, 20, 30], 10),
            ("input x\nconst c = 7\nadd a = x c\nmul y = a a\noutput y", [3], 100),
        ] as [(String, [Int64], Int128)])
    func `products that are nested, scaled, repeated, unused or chosen are right`(
        source: String, inputs: [Int64], output: Int128
    ) throws {
        let program = try SeedParser.parse(source, profile: .extended, isStrict: true)
        for (size, quorum) in [(3, 2), (5, 3)] {
            let committee = try Sample.committee(size, quorum)
            let result = try committee.evaluate(
                program.circuit(constants: .secret), [inputs.map { FieldElement(signed: $0) }],
                secrets: program.constantValues)
            #expect(result.outputs[0][0].signed == output)
        }
    }

    /// Pools that are taken from in another order at each custodian, and what one has lost.
    @Test
    func `custodians that claim in different orders never mix material`() throws {
        var generator = SeededGenerator(seed: 5)
        let (circuit, inputs, secrets) = try Sample.random(&generator, gates: 20)
        let committee = try Sample.committee(3, 2)
        let installed = try committee.install(circuit, secrets)
        let plan = try Plan(circuit)
        let pools = try committee.material(plan, count: 6, secrets: installed)
        // The second custodian lost an index.
        pools[1].value!.burn(2..<3)
        for index in [5, 0, 3, 1, 4] as [UInt64] {
            let run = try LocalCommittee.Run(
                committee, plan, pools, index..<index + 1, secrets: installed, parties: [1, 2, 3]
            ) { session in
                try ClientSession(
                    circuit, values: [inputs[0]], committee: committee.committee, session: session, parties: [1, 2, 3])
            }
            try run.finish()
            let result = run.client.value?.result
            #expect(try result?.outputs[0] == circuit.evaluate(inputs: inputs[0], secrets: secrets))
        }
        let error = #expect(throws: ThresholdError.self) {
            _ = try LocalCommittee.Run(
                committee, plan, pools, 2..<3, secrets: installed, parties: [1, 2, 3]
            ) { session in
                try ClientSession(
                    circuit, values: [inputs[0]], committee: committee.committee, session: session, parties: [1, 2, 3])
            }
        }
        #expect(error?.code == "threshold.material_spent")
    }

    @Test(arguments: [(3, 2), (5, 3)])
    func `sessions of many clients at once do not disturb each other`(size: Int, quorum: Int) throws {
        var generator = SeededGenerator(seed: 9)
        let (circuit, _, secrets) = try Sample.random(&generator, gates: 15)
        let committee = try Sample.committee(size, quorum)
        let installed = try committee.install(circuit, secrets)
        let plan = try Plan(circuit)
        let pools = try committee.material(plan, count: 32, secrets: installed)
        let parties = Array(1...size)
        var picks = SeededGenerator(seed: 10)
        committee.network.pick = { count in Int.random(in: 0..<count, using: &picks) }
        var waiting: [(run: LocalCommittee.Run, values: [FieldElement])] = []
        for index in 0..<32 as Range<UInt64> {
            let values = (0..<3).map { _ in generator.element() }
            let run = try LocalCommittee.Run(
                committee, plan, pools, index..<index + 1, secrets: installed, parties: parties
            ) { session in
                try ClientSession(
                    circuit, values: [values], committee: committee.committee, session: session, parties: parties)
            }
            waiting.append((run, values))
        }
        var open = waiting
        while !open.isEmpty {
            let place = Int.random(in: 0..<open.count, using: &generator)
            if !open[place].run.deliverOne() { open.remove(at: place) }
        }
        for (run, values) in waiting {
            let result = run.client.value?.result
            #expect(try result?.outputs[0] == circuit.evaluate(inputs: values, secrets: secrets))
        }
    }
}
