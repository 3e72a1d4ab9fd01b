internal import ChanceryCircuit
internal import ChanceryOracle
internal import ChanceryWire

/// The attacks on an owner's model, as files give it.
struct ComputeSimulation {
    private let simulator: ExtractionSimulator

    init(
        model path: String, policy: ComputePolicy, shape: OutputShape, fraction: Int = 24, seed: UInt64 = 1
    ) throws {
        simulator = try ExtractionSimulator(
            Self.linear(ComputeModel.read(path)), shape: shape, policy: policy, fractionBits: fraction, seed: seed)
    }

    func run() -> ExtractionReport { simulator.run() }

    private static func linear(_ model: Model) throws -> LinearModel {
        guard model.kind != .network, let layer = model.layers.first, layer.weights.count == 1, layer.bias.count == 1 else {
            throw UsageError("the simulator knows linear and logistic models with one answer")
        }
        func number(_ text: String) throws -> Double {
            guard let number = Double(text) else { throw UsageError("`\(text)` is no number") }
            return number
        }
        return try LinearModel(
            weights: layer.weights[0].map(number), bias: number(layer.bias[0]),
            ranges: model.features.map { feature in
                let (low, high) = (try number(feature.minimum), try number(feature.maximum))
                guard low < high else { throw UsageError("the range of `\(feature.name)` is empty") }
                return low...high
            })
    }
}

extension OutputShape {
    /// What a program with one answer tells of it.
    init(of circuit: Circuit) {
        guard circuit.outputs.count == 1, let output = circuit.outputs.first else {
            self = .exact
            return
        }
        let scale = Double(output.step) / Double(UInt128(1) << UInt128(output.type.fractionBits))
        switch (output.type, output.range) {
        case (.bit, _): self = .label
        case (.integer(let bits), let range?) where bits <= 52:
            let low = Double(range.lowerBound) * scale
            self = .bits(Int(bits), low...low + scale * Double(UInt64(1) << UInt64(bits)))
        case (.fixed(let bits, _), let range?) where bits <= 52:
            let low = Double(range.lowerBound) * scale
            self = .bits(Int(bits), low...low + scale * Double(UInt64(1) << UInt64(bits)))
        default: self = .exact
        }
    }
}

extension Circuit.WireType {
    fileprivate var fractionBits: Int {
        if case .fixed(_, let fraction) = self { Int(fraction) } else { 0 }
    }
}
