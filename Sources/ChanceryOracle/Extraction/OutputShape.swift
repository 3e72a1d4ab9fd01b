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
