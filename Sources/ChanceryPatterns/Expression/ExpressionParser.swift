/// Reads a regular expression: the subset of RE2 and Python's `re` that a finite automaton can decide.
///
/// Classes, case and the meaning of `$` and `\Z` are those of Python's `re` on `str`. Never recurses deeper than
/// ``groupLimit``; time is linear in the pattern.
package struct ExpressionParser {
    static let byteLimit = 4096
    static let groupLimit = 100
    static let repetitionLimit = 1000

    struct Flags {
        var ignoresCase = false
        var lines = false
        var dotTakesNewline = false
    }

    let source: [UInt32]
    var position = 0
    var flags: Flags
    private var groups = 0

    private init(_ source: String, flags: Flags) {
        self.source = source.unicodeScalars.map(\.value)
        self.flags = flags
    }

    package static func parse(_ source: String, caseInsensitive: Bool) throws(PatternError) -> SyntaxTree {
        guard source.utf8.count <= byteLimit else {
            throw PatternError(.tooLong, "pattern of \(source.utf8.count) bytes exceeds \(byteLimit)", column: 1)
        }
        var parser = ExpressionParser(source, flags: Flags(ignoresCase: caseInsensitive))
        let tree = try parser.alternatives()
        guard parser.current == nil else { throw parser.failure("`)` closes nothing") }
        return tree
    }

    // MARK: reading

    var current: UInt32? { position < source.count ? source[position] : nil }

    func peek(_ offset: Int) -> UInt32? { position + offset < source.count ? source[position + offset] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == character.value else { return false }
        position += 1
        return true
    }

    func failure(_ detail: String, at index: Int? = nil, reason: PatternError.Reason = .syntax) -> PatternError {
        PatternError(reason, detail, column: (index ?? position) + 1)
    }

    func text(from start: Int, to end: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: source[start..<min(end, source.count)].compactMap(Unicode.Scalar.init))
        return String(text)
    }

    // MARK: structure

    private mutating func alternatives() throws(PatternError) -> SyntaxTree {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(PatternError) -> SyntaxTree {
        var parts: [SyntaxTree] = []
        while let character = current, character != 0x7c, character != 0x29 {
            let start = position
            // A group of flags alone leaves nothing that could be repeated.
            guard let part = try item() else { continue }
            let repeated = try repetition(of: part, from: start)
            if repeated != .empty { parts.append(repeated) }
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func item() throws(PatternError) -> SyntaxTree? {
        guard let character = current, let scalar = Unicode.Scalar(character) else { throw failure("nothing to read") }
        switch scalar {
        case "(": return try group()
        case "[": return .scalar(try bracketClass())
        case "\\": return try escape()
        case "*", "+", "?": throw failure("`\(scalar)` repeats nothing")
        case "{" where quantifier() != nil: throw failure("`{` repeats nothing")
        default: break
        }
        position += 1
        switch scalar {
        case ".": return .scalar(flags.dotTakesNewline ? .all : ScalarSet.newline.inverted)
        case "^": return .assertion(flags.lines ? .lineStart : .textStart)
        case "$": return .assertion(flags.lines ? .lineEnd : .textEndOrLastNewline)
        default: return .scalar(folded(ScalarSet(character)))
        }
    }

    func folded(_ set: ScalarSet) -> ScalarSet { flags.ignoresCase ? set.ignoringCase : set }

    // MARK: repetition

    private mutating func repetition(of part: SyntaxTree, from start: Int) throws(PatternError) -> SyntaxTree {
        guard let (least, most, length) = quantifier() else { return part }
        let column = position + 1
        if case .assertion = part, source[start] != 0x28 { throw failure("a place between characters cannot be repeated") }
        for bound in [least, most ?? 0] where bound > Self.repetitionLimit {
            throw failure("repetition beyond \(Self.repetitionLimit)", reason: .tooLarge)
        }
        if let most, most < least { throw failure("repetition whose bounds are in the wrong order") }
        position += length
        _ = take("?")
        if current == 0x2b { throw failure("possessive repetition is not supported", reason: .unsupported) }
        guard quantifier() == nil else { throw failure("a repetition cannot be repeated") }
        return part == .empty ? .empty : .repetition(part, least: least, most: most, column: column)
    }

    /// The bounds of a repetition that starts here and its length; nil for any other character and for a brace that
    /// stands for itself.
    private func quantifier() -> (least: Int, most: Int?, length: Int)? {
        switch current {
        case 0x2a: return (0, nil, 1)
        case 0x2b: return (1, nil, 1)
        case 0x3f: return (0, 1, 1)
        case 0x7b: break
        default: return nil
        }
        var length = 1
        let least = number(at: &length)
        guard peek(length) == 0x2c else {
            guard let least, peek(length) == 0x7d else { return nil }
            return (least, least, length + 1)
        }
        length += 1
        let most = number(at: &length)
        guard peek(length) == 0x7d else { return nil }
        return (least ?? 0, most, length + 1)
    }

    /// Decimal digits at `offset`; numbers beyond the limit stop growing.
    private func number(at offset: inout Int) -> Int? {
        var value: Int?
        while let digit = peek(offset), (0x30...0x39).contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit - 0x30), Self.repetitionLimit + 1)
            offset += 1
        }
        return value
    }

    // MARK: groups

    private mutating func group() throws(PatternError) -> SyntaxTree? {
        let start = position
        position += 1
        let outer = flags
        if take("?"), try opening(at: start) == .flagsOnly { return nil }
        groups += 1
        guard groups <= Self.groupLimit else {
            throw failure("groups nest deeper than \(Self.groupLimit)", at: start, reason: .tooDeep)
        }
        let tree = try alternatives()
        guard take(")") else { throw failure("group is not closed", at: start) }
        groups -= 1
        flags = outer
        return tree
    }

    private enum Opening { case group, flagsOnly }

    /// What follows `(?`: reads up to the first character of the group's content.
    private mutating func opening(at start: Int) throws(PatternError) -> Opening {
        switch (current, peek(1)) {
        case (0x3a, _):
            position += 1
            return .group
        case (0x23, _):
            while let character = current, character != 0x29 { _ = character; position += 1 }
            guard take(")") else { throw failure("comment is not closed", at: start) }
            return .flagsOnly
        case (0x3d, _), (0x21, _), (0x3c, 0x3d), (0x3c, 0x21):
            throw failure("look-around is not supported", at: start, reason: .unsupported)
        case (0x3e, _): throw failure("atomic groups are not supported", at: start, reason: .unsupported)
        case (0x28, _): throw failure("conditionals are not supported", at: start, reason: .unsupported)
        case (0x50, 0x3d), (0x50, 0x3e):
            throw failure("back-references are not supported", at: start, reason: .unsupported)
        case (0x50, 0x3c):
            position += 2
            try groupName()
            return .group
        case (0x3c, _):
            position += 1
            try groupName()
            return .group
        default: return try flagGroup(at: start)
        }
    }

    private mutating func groupName() throws(PatternError) {
        let start = position
        while let character = current, character != 0x3e {
            guard ScalarSet.words.contains(character) else { throw failure("a group name is made of letters, digits and `_`") }
            position += 1
        }
        guard position > start, !ScalarSet.digits.contains(source[start]) else {
            throw failure("a group name was expected", at: start)
        }
        guard take(">") else { throw failure("group name is not closed", at: start) }
    }

    private mutating func flagGroup(at start: Int) throws(PatternError) -> Opening {
        var value = true
        var named = false
        while let character = current {
            switch character {
            case 0x69: flags.ignoresCase = value
            case 0x6d: flags.lines = value
            case 0x73: flags.dotTakesNewline = value
            case 0x2d where value:
                value = false
                named = false
                position += 1
                continue
            case 0x3a where named, 0x29 where named:
                position += 1
                return character == 0x3a ? .group : .flagsOnly
            default: throw failure("`\(text(from: start, to: position + 1))` is not supported", at: start, reason: .unsupported)
            }
            named = true
            position += 1
        }
        throw failure("group is not closed", at: start)
    }
}
