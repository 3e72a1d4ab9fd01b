/// What becomes of an action, from the mildest to the strictest.
public enum Effect: String, Sendable, Comparable, CaseIterable {
    case allow = "ALLOW"
    case allowWithLog = "ALLOW_WITH_LOG"
    case restrict = "RESTRICTED"
    case requireHuman = "REQUIRE_HUMAN"
    case block = "BLOCK"

    private var severity: Int {
        switch self {
        case .allow: 0
        case .allowWithLog: 1
        case .restrict: 2
        case .requireHuman: 3
        case .block: 4
        }
    }

    public static func < (left: Effect, right: Effect) -> Bool { left.severity < right.severity }
}
