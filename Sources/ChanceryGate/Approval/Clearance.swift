/// How much risk a person may answer for.
public enum Clearance: String, Sendable, CaseIterable, Comparable {
    case l1 = "L1"
    case l2 = "L2"
    case l3 = "L3"

    /// The highest risk that this clearance covers, in thousandths. Source: PiQrypt TrustGate's table.
    public var limit: Int64 {
        switch self {
        case .l1: 750
        case .l2: 900
        case .l3: 1000
        }
    }

    /// The next one up; the highest stays.
    public var next: Clearance { self == .l1 ? .l2 : .l3 }

    public static func < (left: Clearance, right: Clearance) -> Bool { left.limit < right.limit }
}
