/// Scalars that differ in case only, as Python's `re.IGNORECASE` sees them: equal in simple lower case, or one of the
/// few that it lists as alike (`s` and `ſ`, `k` and the Kelvin sign, the sigmas).
enum CaseClasses {
    static let all: [[UInt32]] = {
        var reader = PackedReader(UnicodeData.caseClasses)
        var first = 0
        return (0..<reader.number()).map { _ in
            first += reader.number()
            var members = [UInt32(first)]
            for _ in 0...reader.number() { members.append(members[members.count - 1] + UInt32(reader.number())) }
            return members
        }
    }()

    private static let classOfScalar: [UInt32: Int] = {
        var index: [UInt32: Int] = [:]
        for (number, members) in all.enumerated() {
            for member in members { index[member] = number }
        }
        return index
    }()

    /// All scalars of the class of `scalar`; empty when it has no case.
    static func members(of scalar: UInt32) -> [UInt32] {
        classOfScalar[scalar].map { all[$0] } ?? []
    }
}
