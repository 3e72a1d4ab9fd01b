/// From where on a pattern between agents counts.
public struct CollusionThresholds: Sendable, Equatable {
    /// Share of the most met peer among the interactions of 48 hours; above it concentration counts.
    public let concentration: Millionths
    /// Fall of the normalised entropy from 30 days to 48 hours that scores one half.
    public let entropyDrop: Millionths
    /// Share of events that coincide with a peer's; from it on synchronisation counts.
    public let synchronisation: Millionths
    /// Seconds without an event after which a burst counts as a break of silence.
    public let silence: Int64

    /// - Throws: `vigil.profile_invalid` when a share is outside 0.01…0.99 or the silence outside one hour…one year.
    public init(
        concentration: Millionths, entropyDrop: Millionths, synchronisation: Millionths, silence: Int64
    ) throws(VigilError) {
        for share in [concentration, entropyDrop, synchronisation]
        where !(10_000...990_000).contains(share.value) {
            throw VigilError(.profileInvalid, "threshold \(share) must lie in 0.01…0.99")
        }
        guard (3600...31_536_000).contains(silence) else {
            throw VigilError(.profileInvalid, "silence of \(silence) s must lie in one hour…365 days")
        }
        self.init(unchecked: concentration, entropyDrop, synchronisation, silence)
    }

    private init(unchecked concentration: Millionths, _ drop: Millionths, _ synchronisation: Millionths, _ silence: Int64) {
        self.concentration = concentration
        entropyDrop = drop
        self.synchronisation = synchronisation
        self.silence = silence
    }

    /// 0.7, 0.4, 0.92 and seven days, as in the reference.
    public static let standard = CollusionThresholds(
        unchecked: Millionths(700_000), Millionths(400_000), Millionths(920_000), 7 * 86_400)
}
