/// A set of Unicode scalars as sorted ranges that neither touch nor overlap.
package struct ScalarSet: Hashable, Sendable {
    let ranges: [ClosedRange<UInt32>]

    /// Every scalar; surrogates are inside, because no text holds them.
    static let all = ScalarSet([0...0x10ffff])
    static let newline = ScalarSet([0x0a...0x0a])
    /// `\s`, `\d` and `\w` as Python's `re` has them for `str`.
    static let spaces = packed(UnicodeData.spaces)
    static let digits = packed(UnicodeData.digits)
    package static let words = packed(UnicodeData.words)

    private static func packed(_ text: String) -> ScalarSet {
        var reader = PackedReader(text)
        return ScalarSet(reader.ranges())
    }

    /// Ranges in any order.
    init(_ unordered: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound &+ 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }

    init(_ scalar: UInt32) {
        ranges = [scalar...scalar]
    }

    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if next < range.lowerBound { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10ffff { gaps.append(next...0x10ffff) }
        return ScalarSet(gaps)
    }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    package func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar
    }

    /// With every scalar that differs from a member in case only.
    var ignoringCase: ScalarSet {
        if ranges.count == 1, ranges[0].count == 1 {
            let members = CaseClasses.members(of: ranges[0].lowerBound)
            return members.isEmpty ? self : ScalarSet(members.map { $0...$0 })
        }
        var added: [ClosedRange<UInt32>] = []
        for members in CaseClasses.all where members.contains(where: contains) {
            for member in members where !contains(member) { added.append(member...member) }
        }
        return added.isEmpty ? self : ScalarSet(ranges + added)
    }
}
