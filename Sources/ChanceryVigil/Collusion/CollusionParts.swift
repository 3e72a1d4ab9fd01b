/// The four signs of agents acting together, each in 0…1.
public struct CollusionParts: Sendable, Equatable {
    public let concentration: Millionths
    public let entropyDrop: Millionths
    public let synchronisation: Millionths
    public let silenceBreak: Millionths

    /// A2C = 0.30 concentration + 0.25 entropy drop + 0.25 synchronisation + 0.20 silence break.
    public var score: Millionths {
        let sum =
            30 * concentration.value + 25 * entropyDrop.value + 25 * synchronisation.value + 20 * silenceBreak.value
        return Millionths((sum + 50) / 100)
    }

    public static let none = CollusionParts(
        concentration: .zero, entropyDrop: .zero, synchronisation: .zero, silenceBreak: .zero)
}

extension CollusionThresholds {
    /// (share − threshold) / (1 − threshold) above the threshold.
    func concentrationScore(_ share: Millionths) -> Millionths { Self.excess(share, over: concentration) }

    /// (correlation − threshold) / (1 − threshold) from the threshold on, halved unless every event had a timestamp.
    func synchronisationScore(_ finding: Synchronisation) -> Millionths {
        let score = Self.excess(finding.correlation, over: synchronisation).value
        return Millionths(finding.isAnchored ? score : (score + 1) / 2)
    }

    private static func excess(_ share: Millionths, over threshold: Millionths) -> Millionths {
        guard share > threshold else { return .zero }
        return .ratio(UInt64(share.value - threshold.value), of: UInt64(threshold.complement.value))
    }

    /// The fall of the normalised entropy from 30 days to 48 hours. Fewer than five interactions in either say nothing:
    /// an agent that goes quiet does not close itself off.
    func entropyDropScore(month: [UInt64], window: [UInt64]) -> Millionths {
        guard month.reduce(0, +) >= 5, window.reduce(0, +) >= 5 else { return .zero }
        let drop = Entropy.normalised(month).value - Entropy.normalised(window).value
        guard drop > 0 else { return .zero }
        if drop <= entropyDrop.value { return .ratio(UInt64(drop), of: UInt64(2 * entropyDrop.value)) }
        return min(.one, Millionths(500_000 + 2 * (drop - entropyDrop.value)))
    }
}
