extension ExpressionParser {
    /// An escape outside a class.
    mutating func escape() throws(PatternError) -> SyntaxTree {
        let start = position
        switch peek(1) {
        case 0x41: return assertion(.textStart)
        case 0x5a, 0x7a: return assertion(.textEnd)
        case 0x62: return assertion(.wordBoundary)
        case 0x42: return assertion(.noWordBoundary)
        case let digit? where (0x31...0x39).contains(digit):
            guard let code = threeOctalDigits() else {
                throw failure("back-references are not supported", at: start, reason: .unsupported)
            }
            return .scalar(folded(ScalarSet(code)))
        default: break
        }
        switch try classEscape() {
        case .scalar(let code): return .scalar(folded(ScalarSet(code)))
        case .set(let set): return .scalar(set)
        }
    }

    private mutating func assertion(_ kind: SyntaxTree.Assertion) -> SyntaxTree {
        position += 2
        return .assertion(kind)
    }

    enum ClassItem {
        case scalar(UInt32)
        case set(ScalarSet)
    }

    /// An escape that stands for a scalar or a set of them.
    mutating func classEscape() throws(PatternError) -> ClassItem {
        let start = position
        guard let letter = peek(1), let scalar = Unicode.Scalar(letter) else {
            throw failure("`\\` at the end escapes nothing")
        }
        position += 2
        switch scalar {
        case "d": return .set(.digits)
        case "D": return .set(ScalarSet.digits.inverted)
        case "s": return .set(.spaces)
        case "S": return .set(ScalarSet.spaces.inverted)
        case "w": return .set(.words)
        case "W": return .set(ScalarSet.words.inverted)
        case "n": return .scalar(0x0a)
        case "t": return .scalar(0x09)
        case "r": return .scalar(0x0d)
        case "f": return .scalar(0x0c)
        case "v": return .scalar(0x0b)
        case "a": return .scalar(0x07)
        case "x": return .scalar(try take("{") ? bracedHex(from: start) : hex(2, from: start))
        case "u": return .scalar(try hex(4, from: start))
        case "U": return .scalar(try hex(8, from: start))
        case "0"..."7":
            position = start
            if let code = threeOctalDigits() { return .scalar(code) }
            position = start + 1
            return .scalar(try shortOctal(from: start))
        case "p", "P", "N", "X", "R", "K", "G", "Q", "E", "C", "k", "g", "h", "H":
            throw failure("`\\\(scalar)` is not supported", at: start, reason: .unsupported)
        case "a"..."z", "A"..."Z", "8", "9": throw failure("`\\\(scalar)` is not an escape", at: start)
        default: return .scalar(letter)
        }
    }

    /// `\` and three octal digits up to 377; reads nothing where they are not there.
    private mutating func threeOctalDigits() -> UInt32? {
        guard let a = octal(1), let b = octal(2), let c = octal(3), a < 4 else { return nil }
        position += 4
        return a << 6 | b << 3 | c
    }

    /// `\0` and up to one more octal digit.
    private mutating func shortOctal(from start: Int) throws(PatternError) -> UInt32 {
        guard current == 0x30 else { throw failure("back-references are not supported", at: start, reason: .unsupported) }
        position += 1
        guard let digit = octal(0) else { return 0 }
        position += 1
        return digit
    }

    private func octal(_ offset: Int) -> UInt32? {
        guard let digit = peek(offset), (0x30...0x37).contains(digit) else { return nil }
        return digit - 0x30
    }

    private func hexDigit() -> UInt32? {
        guard let current, let scalar = Unicode.Scalar(current), scalar.isASCII else { return nil }
        return Character(scalar).hexDigitValue.map(UInt32.init)
    }

    private mutating func hex(_ count: Int, from start: Int) throws(PatternError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<count {
            guard let digit = hexDigit() else { throw failure("\(count) hexadecimal digits were expected") }
            guard code <= 0x10ffff else { throw failure("not a code point", at: start) }
            code = code << 4 | digit
            position += 1
        }
        return try checked(code, from: start)
    }

    private mutating func bracedHex(from start: Int) throws(PatternError) -> UInt32 {
        var code: UInt32?
        while let digit = hexDigit() {
            code = (code ?? 0) << 4 | digit
            guard code! <= 0x10ffff else { throw failure("not a code point", at: start) }
            position += 1
        }
        guard let code, take("}") else { throw failure("hexadecimal digits and `}` were expected") }
        return try checked(code, from: start)
    }

    private func checked(_ code: UInt32, from start: Int) throws(PatternError) -> UInt32 {
        guard Unicode.Scalar(code) != nil else { throw failure("not a code point", at: start) }
        return code
    }
}
