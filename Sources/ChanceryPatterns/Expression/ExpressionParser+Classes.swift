extension ExpressionParser {
    /// `[…]`: the set that it stands for, case already taken into account.
    mutating func bracketClass() throws(PatternError) -> ScalarSet {
        let start = position
        position += 1
        let negated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var first = true
        while first || current != 0x5d {
            guard current != nil else { throw failure("class is not closed", at: start) }
            let itemStart = position
            let item = try classItem()
            first = false
            // A `-` before the closing bracket stands for itself.
            guard current == 0x2d, let after = peek(1), after != 0x5d else {
                switch item {
                case .scalar(let code): ranges.append(code...code)
                case .set(let set): ranges.append(contentsOf: set.ranges)
                }
                continue
            }
            position += 1
            guard case .scalar(let low) = item, case .scalar(let high) = try classItem(), low <= high else {
                throw failure("`\(text(from: itemStart, to: position))` is not a range", at: itemStart)
            }
            ranges.append(low...high)
        }
        position += 1
        let set = folded(ScalarSet(ranges))
        return negated ? set.inverted : set
    }

    private mutating func classItem() throws(PatternError) -> ClassItem {
        guard let character = current else { throw failure("class is not closed") }
        if character == 0x5b, let next = peek(1), next == 0x3a || next == 0x2e || next == 0x3d {
            throw failure("named classes are not supported", reason: .unsupported)
        }
        guard character == 0x5c else {
            position += 1
            return .scalar(character)
        }
        if peek(1) == 0x62 {
            position += 2
            return .scalar(0x08)
        }
        return try classEscape()
    }
}
