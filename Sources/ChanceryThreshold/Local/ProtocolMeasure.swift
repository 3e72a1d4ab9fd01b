package import ChanceryArithmetic
package import ChanceryCircuit

/// What the protocol costs in one process, all custodians in one thread: the work without a network. For benchmarks.
package struct ProtocolMeasure: Sendable {
    package enum Workload: String, Sendable, CaseIterable {
        /// Independent products, each opened.
        case products
        /// 20 products one after another.
        case chain
        /// A linear score of 100 features, not rounded.
        case score
        /// The same, rounded inside: a division by 2^24.
        case roundedScore = "rounded-score"
        /// Whether a 64-bit number is negative.
        case comparison
    }

    /// Seconds from the client's masked values to its results, all custodians and the client together.
    package let online: Double
    /// Seconds for making and verifying the material, all custodians together.
    package let material: Double
    /// Evaluations, and what each counts for (products of the first workload, one otherwise).
    package let evaluations: Int
    package let units: Int

    private static func wire(_ index: Int) -> Circuit.Wire { Circuit.Wire(index: Int32(index)) }

    private static func circuit(_ workload: Workload) throws -> (circuit: Circuit, units: Int) {
        func pair(_ left: Int, _ right: Int) -> Circuit.Pair { Circuit.Pair(wire(left), wire(right)) }
        func inputs(_ count: Int) -> [Circuit.Input] {
            (0..<count).map { Circuit.Input(name: "x\($0)", type: .field) }
        }
        func outputs(_ index: Int) -> [Circuit.Output] { [Circuit.Output(name: "y", wire: wire(index), type: .field)] }
        switch workload {
        case .products:
            // The last product is not opened, so ten of eleven count.
            let gates = [.input(0), .input(1)] + (0..<11).map { Circuit.Gate.products([pair($0 == 0 ? 0 : $0 + 1, 1)], nil) }
            return (try Circuit(inputs: inputs(2), secrets: [], gates: gates, outputs: outputs(12)), 10)
        case .chain:
            let gates = [.input(0), .input(1)] + (0..<20).map { Circuit.Gate.products([pair($0 == 0 ? 0 : $0 + 1, 1)], nil) }
            return (try Circuit(inputs: inputs(2), secrets: [], gates: gates, outputs: outputs(21)), 1)
        case .score, .roundedScore:
            let rounding = workload == .score ? nil : Circuit.Truncation(shift: 24, bits: 80)
            let gates =
                (0..<100).map { Circuit.Gate.input($0) } + (0..<100).map { .secret($0) }
                + [.products((0..<100).map { pair($0, 100 + $0) }, rounding)]
            let secrets = (0..<100).map { Circuit.Secret(name: "w\($0)", type: .field) }
            return (try Circuit(inputs: inputs(100), secrets: secrets, gates: gates, outputs: outputs(200)), 1)
        case .comparison:
            let gates: [Circuit.Gate] = [.input(0), .isNegative(wire(0), bits: 64)]
            return (try Circuit(inputs: inputs(1), secrets: [], gates: gates, outputs: outputs(1)), 1)
        }
    }

    /// Runs a workload once.
    ///
    /// - Parameters:
    ///   - evaluations: run together in one session.
    ///   - seconds: reads a clock that does not go back.
    package init(
        _ workload: Workload, evaluations: Int, committee: LocalCommittee, seconds: () -> Double
    ) throws {
        let (circuit, units) = try Self.circuit(workload)
        let values = (0..<evaluations).map { row in
            circuit.inputs.indices.map { FieldElement(UInt64(row * 31 + $0 + 1)) }
        }
        let weights = circuit.secrets.indices.map { FieldElement(UInt64($0 + 3)) }
        try self.init(circuit, values, weights, committee, units: units, seconds: seconds)
    }

    /// Runs a circuit once.
    package init(
        _ circuit: Circuit, _ values: [[FieldElement]], _ weights: [FieldElement], _ committee: LocalCommittee,
        units: Int = 1, seconds: () -> Double
    ) throws {
        let installed = try committee.install(circuit, weights)
        let plan = try Plan(circuit)
        let parties = Array(committee.committee.members)
        let begin = seconds()
        let pools = try committee.material(plan, count: values.count, secrets: installed)
        material = seconds() - begin
        guard let indices = pools[0].value?.free.first else {
            throw ThresholdError(.materialSpent, "there is no material")
        }
        let size = committee.committee
        let start = seconds()
        let run = try LocalCommittee.Run(committee, plan, pools, indices, secrets: installed, parties: parties) { session in
            try ClientSession(circuit, values: values, committee: size, session: session, parties: parties)
        }
        try run.finish()
        online = seconds() - start
        guard run.client.value?.result != nil else {
            throw committee.network.errors.first?.error ?? ThresholdError(.sessionOver, "there is no result")
        }
        evaluations = values.count
        self.units = units
    }
}
