/// How steady an agent's trust score is (the reference's TSI).
public enum StabilityState: String, Sendable, CaseIterable {
    case stable = "STABLE"
    case watch = "WATCH"
    case unstable = "UNSTABLE"
    case critical = "CRITICAL"

    /// What the state weighs in the risk score: 0, 0.25, 1, 1.
    public var weight: Millionths {
        switch self {
        case .stable: .zero
        case .watch: Millionths(250_000)
        case .unstable, .critical: .one
        }
    }
}
