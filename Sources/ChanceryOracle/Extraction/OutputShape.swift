/// How much of a score the program gives out.
public enum OutputShape: Sendable, Equatable {
    /// The score as it is.
    case exact
    /// Rounded down to multiples of a step.
    case step(Double)
    /// Cut to a range and given as one of 2^bits equal steps.
    case bits(Int, ClosedRange<Double>)
    /// Only whether it reaches the threshold.
    case label

    /// The width of the interval that an answer leaves open; nil for labels.
    var width: Double? {
        switch self {
        case .exact: 0
        case .step(let step): step
        case .bits(let bits, let range):
            (range.upperBound - range.lowerBound) / Double(1 << min(max(bits, 0), 52))
        case .label: nil
        }
    }

    /// The middle of the interval in which `score` is said to lie; nil for labels and for answers at the end of a range.
    func answer(to score: Double) -> Double? {
        guard let width else { return nil }
        guard width > 0 else { return score }
        if case .bits(_, let range) = self, score < range.lowerBound + width || score >= range.upperBound - width { return nil }
        let origin = if case .bits(_, let range) = self { range.lowerBound } else { 0.0 }
        return origin + (((score - origin) / width).rounded(.down) + 0.5) * width
    }

    /// Whether the numbers make sense.
    var isValid: Bool {
        switch self {
        case .exact, .label: true
        case .step(let step): step > 0 && step.isFinite
        case .bits(let bits, let range):
            (1...52).contains(bits) && range.lowerBound < range.upperBound && range.lowerBound.isFinite
                && range.upperBound.isFinite
        }
    }
}

extension OutputShape {
    /// `exact`, `label`, `step:NUMBER` or `bits:B:LOW:HIGH`.
    public var text: String {
        switch self {
        case .exact: "exact"
        case .label: "label"
        case .step(let step): "step:\(step)"
        case .bits(let bits, let range): "bits:\(bits):\(range.lowerBound):\(range.upperBound)"
        }
    }

    /// - Throws: `compute.simulation_malformed` for another text, or numbers that make no sense.
    public init(_ text: String) throws(OracleError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let numbers = parts.dropFirst().compactMap { Double($0) }
        let unknown = OracleError(
            .simulationMalformed, "answers are exact, label, step:NUMBER or bits:B:LOW:HIGH; not `\(text)`")
        guard numbers.count == parts.count - 1, numbers.allSatisfy(\.isFinite) else { throw unknown }
        switch (parts[0], numbers.count) {
        case ("exact", 0): self = .exact
        case ("label", 0): self = .label
        case ("step", 1): self = .step(numbers[0])
        case ("bits", 3):
            guard let bits = Int(exactly: numbers[0]), numbers[1] < numbers[2] else { throw unknown }
            self = .bits(bits, numbers[1]...numbers[2])
        default: throw unknown
        }
        guard isValid else { throw unknown }
    }

    /// Whether answers of this shape tell at least as much as answers of `outputBits` bits.
    func covers(_ outputBits: Int64) -> Bool {
        switch self {
        case .exact: true
        case .label: outputBits <= 1
        case .bits(let bits, _): outputBits <= Int64(bits)
        // A step says nothing of the number of steps.
        case .step: false
        }
    }
}
