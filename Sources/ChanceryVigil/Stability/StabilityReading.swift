/// The stability of an agent as of an assessment.
public struct StabilityReading: Sendable, Equatable {
    public let state: StabilityState
    /// Unix seconds of the hour in which the state began.
    public let since: Int64
    /// The last score less the newest one at least 24 hours before it.
    public let delta24h: Millionths?
    /// The last score less the last one of the newest day at least 7 days before it.
    public let delta7d: Millionths?
    /// How many standard deviations the last score lies below the mean of 30 days; negative above it.
    public let deviation: Millionths?
    /// Hours with a score within the last 30 days that had any.
    public let snapshots: Int
}
