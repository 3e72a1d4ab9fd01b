/// A model as its owner has it: plain numbers.
public struct Model: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case linear
        case logistic
        /// Dense layers with ReLU between them; the last one gives scores.
        case network
    }

    /// What a client puts in.
    public struct Feature: Sendable, Equatable {
        public let name: String
        /// Decimal numbers.
        public let minimum: String
        public let maximum: String

        public init(name: String, minimum: String, maximum: String) {
            self.name = name
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    public struct Layer: Sendable, Equatable {
        /// Decimal numbers: for each unit its weights, in the order of what goes in.
        public let weights: [[String]]
        /// One for each unit.
        public let bias: [String]
    }

    /// How an answer is rounded inside, before anybody sees it.
    public enum Rounding: Sendable, Hashable {
        /// Not at all: tells the most about the weights.
        case none
        case bits(Int)
        /// A power of two, such as `0.25`.
        case step(String)
    }

    public static let maximumFeatures = 10_000
    public static let maximumWeights = 50_000

    public let kind: Kind
    public let features: [Feature]
    public let layers: [Layer]

    /// A program in our language with the model's weights as secrets, and nothing of their values but a power of two above the
    /// largest.
    ///
    /// `fraction` is the number of binary digits after the point, 8 to 30.
    public func source(rounding: Rounding = .bits(8), fraction: Int = 24) -> String {
        let digits = min(30, max(8, fraction))
        let type = "fixed<\(min(80, digits + 36)),\(digits)>"
        var lines = ["# A \(kind.rawValue) model of \(features.count) features."]
        for feature in features { lines.append("input \(feature.name): \(type) in \(feature.minimum)...\(feature.maximum)") }
        lines.append("let layer_0 = [\(features.map(\.name).joined(separator: ", "))]")
        for (index, layer) in layers.enumerated() {
            let bound = layer.bound
            for (unit, weights) in layer.weights.enumerated() {
                lines.append("secret weight_\(index)_\(unit): \(type)[\(weights.count)] in -\(bound)...\(bound)")
            }
            lines.append("secret bias_\(index): \(type)[\(layer.bias.count)] in -\(bound)...\(bound)")
            let sums = layer.bias.indices.map { "dot(weight_\(index)_\($0), layer_\(index)) + bias_\(index)[\($0)]" }
            guard index + 1 == layers.count else {
                lines.append("let layer_\(index + 1) = [\(sums.map { "relu(\($0))" }.joined(separator: ", "))]")
                continue
            }
            let shape =
                switch rounding {
                case .none: ""
                case .bits(let bits): " rounded to \(bits) bits"
                case .step(let step): " rounded to \(step)"
                }
            let reading = kind == .linear ? "" : " as logistic"
            for (unit, sum) in sums.enumerated() {
                lines.append("output \(sums.count == 1 ? "score" : "score_\(unit)") = \(sum)\(shape)\(reading)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The values of the program's secrets by name, as decimal numbers: what the owner keeps and installs.
    public var secrets: [(name: String, value: String)] {
        layers.enumerated().flatMap { index, layer in
            layer.weights.enumerated().flatMap { unit, weights in
                weights.enumerated().map { ("weight_\(index)_\(unit)[\($0)]", $1) }
            } + layer.bias.enumerated().map { ("bias_\(index)[\($0)]", $1) }
        }
    }
}

extension Model.Layer {
    /// The smallest power of two from 1 on that no weight exceeds.
    fileprivate var bound: Int {
        let largest = (weights.flatMap(\.self) + bias).compactMap { Double($0)?.magnitude }.max() ?? 1
        var bound = 1
        while Double(bound) < largest, bound < 1 << 40 { bound *= 2 }
        return bound
    }
}
