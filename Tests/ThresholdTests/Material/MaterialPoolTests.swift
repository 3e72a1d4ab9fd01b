import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

struct MaterialPoolTests {
    private static func code<Result: ~Copyable>(_ body: () throws -> Result) -> String? {
        do {
            _ = try body()
            return nil
        } catch let error as ThresholdError {
            return error.code
        } catch {
            return "\(error)"
        }
    }

    private static var circuit: Circuit {
        get throws {
            try Circuit(
                inputs: Sample.inputs(1), secrets: [], gates: [.input(0), .products([Sample.pair(0, 0)], nil)],
                outputs: [Sample.output(1)])
        }
    }

    @Test
    func `an index is claimed once and never again`() throws {
        let committee = try Sample.committee(3, 2)
        let pool = try committee.material(Plan(Self.circuit), count: 10, secrets: nil)[0]
        #expect(pool.value?.free == [0..<10])
        #expect(Self.code { try pool.value!.claim(3..<5) } == nil)
        #expect(pool.value?.free == [0..<3, 5..<10])
        for spent: Range<UInt64> in [3..<4, 4..<6, 2..<4, 0..<10, 3..<5, 9..<11, 20..<21, 5..<5] {
            #expect(Self.code { try pool.value!.claim(spent) } == "threshold.material_spent", "\(spent)")
        }
        pool.value!.burn(0..<2)
        pool.value!.burn(7..<100)
        #expect(pool.value?.free == [2..<3, 5..<7])
        #expect(pool.value?.count == 3)
        #expect(Self.code { try pool.value!.claim(2..<3) } == nil)
        #expect(Self.code { try pool.value!.claim(5..<7) } == nil)
        #expect(pool.value?.count == 0)
        #expect(Self.code { try pool.value!.claim(0..<1) } == "threshold.material_spent")
    }

    /// Every order brings a block, for as long as the process lives.
    @Test
    func `blocks that were used up take no room`() throws {
        let committee = try Sample.committee(3, 2)
        let pool = try committee.material(Plan(Self.circuit), blocks: Array(repeating: 2, count: 40), secrets: nil)[0]
        #expect(pool.value?.size == 40)
        // From both ends and with gaps in between.
        for place: UInt64 in stride(from: 0, to: 40, by: 2) { pool.value!.burn(2 * place..<2 * place + 2) }
        #expect(pool.value?.count == 40)
        for place: UInt64 in stride(from: 39, to: 0, by: -2) {
            #expect(Self.code { try pool.value!.claim(2 * place..<2 * place + 2) } == nil)
        }
        #expect(pool.value?.size == 1)
        #expect(pool.value?.free == [])
        #expect(Self.code { try pool.value!.claim(20..<21) } == "threshold.material_spent")
    }

    @Test
    func `material of another program or of secrets installed anew is refused`() throws {
        let committee = try Sample.committee(3, 2)
        let weighted = try Circuit(
            inputs: Sample.inputs(1), secrets: Sample.secrets(1),
            gates: [.input(0), .secret(0), .products([Sample.pair(0, 1)], nil)], outputs: [Sample.output(2)])
        let first = try committee.install(weighted, [.one])
        let second = try committee.install(weighted, [FieldElement(2)])
        let plan = try Plan(weighted)
        let pools = try committee.material(plan, count: 3, secrets: first)
        func run(_ indices: Range<UInt64>, _ plan: Plan, _ secrets: InstalledSecrets?) throws {
            _ = try LocalCommittee.Run(committee, plan, pools, indices, secrets: secrets, parties: [1, 2, 3]) { session in
                try ClientSession(
                    weighted, values: [[.one]], committee: committee.committee, session: session, parties: [1, 2, 3])
            }
        }
        #expect(Self.code { try run(0..<1, plan, second) } == "threshold.wrong_material")
        #expect(Self.code { try run(1..<2, plan, nil) } == "threshold.wrong_material")
        #expect(Self.code { try run(2..<3, Plan(Self.circuit), nil) } == "threshold.wrong_material")
        // A refused session has burnt its indices at the custodian that refused.
        #expect(pools[0].value?.free == [])
    }

    /// Blocks that were made one after another serve one batch, whatever was taken out of them before.
    @Test(arguments: [0..<12, 2..<9, 3..<7, 0..<3, 11..<12] as [Range<UInt64>])
    func `a batch takes indices of several blocks, and never one of them twice`(indices: Range<UInt64>) throws {
        let committee = try Sample.committee(4, 2)
        let (circuit, values, secrets) = try {
            var generator = SeededGenerator(seed: 3)
            return try Sample.random(&generator, gates: 20)
        }()
        let installed = try committee.install(circuit, secrets)
        let plan = try Plan(circuit)
        let pools = try committee.material(plan, blocks: [3, 4, 5], secrets: installed)
        let parties = Array(1...4)
        let rows = (0..<indices.count).map { values[$0 % values.count] }
        let run = try LocalCommittee.Run(committee, plan, pools, indices, secrets: installed, parties: parties) { session in
            try ClientSession(circuit, values: rows, committee: committee.committee, session: session, parties: parties)
        }
        try run.finish()
        let result = run.client.value?.result
        #expect(try result?.outputs == rows.map { try circuit.evaluate(inputs: $0, secrets: secrets) })
        #expect(pools[0].value?.count == 12 - indices.count)
        #expect(Self.code { try pools[0].value!.claim(indices) } == "threshold.material_spent")
        #expect(Self.code { try pools[0].value!.claim(0..<12) } == "threshold.material_spent")
    }

    /// Shares of one custodian each, put together: what no custodian could do.
    @Test(arguments: Sample.committees)
    func `a client's masks are uniform and differ in every index`(size: Int, quorum: Int) throws {
        let committee = try Sample.committee(size, quorum)
        let plan = try Plan(Self.circuit)
        let pools = try committee.material(plan, count: 64, secrets: nil)
        var masked: Set<[UInt8]> = []
        committee.network.tap = { message in
            if message.from == 0, message.to == 1 {
                let payload = message.bytes[Frame.headerBytes...]
                for start in stride(from: payload.startIndex, to: payload.endIndex, by: 16) {
                    masked.insert(Array(payload[start..<start + 16]))
                }
            }
            return [message]
        }
        let parties = Array(1...size)
        let values = [[FieldElement]](repeating: [FieldElement(5)], count: 64)
        let run = try LocalCommittee.Run(committee, plan, pools, 0..<64, secrets: nil, parties: parties) { session in
            try ClientSession(Self.circuit, values: values, committee: committee.committee, session: session, parties: parties)
        }
        try run.finish()
        #expect(masked.count == 64)
        let highest = masked.reduce(into: [0, 0]) { $0[Int($1[15] >> 6)] += 1 }
        #expect((12...52).contains(highest[0]), "\(highest)")
        let result = run.client.value?.result
        #expect(result?.outputs == [[FieldElement]](repeating: [FieldElement(25)], count: 64))
    }
}
