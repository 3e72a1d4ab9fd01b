/// The five parts of a trust score, each in 0…1.
public struct TrustParts: Sendable, Equatable {
    /// Chain, forks, signatures, rotations: I.
    public let integrity: Millionths
    /// Share of interactions that the peer signed, younger ones weighing more: V.
    public let verified: Millionths
    /// How evenly interactions spread over peers: D.
    public let diversity: Millionths
    /// Share of events with a timestamp: F.
    public let finality: Millionths
    /// How rotations were done: R.
    public let rotation: Millionths

    /// TS = 0.30 I + 0.25 V + 0.15 D + 0.15 F + 0.15 R, to the nearest millionth.
    public var score: Millionths {
        let sum =
            30 * integrity.value + 25 * verified.value + 15 * diversity.value + 15 * finality.value + 15 * rotation.value
        return Millionths((sum + 50) / 100)
    }

    /// What an agent counts with that has too few events.
    public static let neutral = Millionths(500_000)
}
