/// How steady an agent's trust has been (the reference's TSI state).
public enum Stability: String, Sendable, CaseIterable {
    case stable = "STABLE"
    case watch = "WATCH"
    case unstable = "UNSTABLE"
    case critical = "CRITICAL"
}
