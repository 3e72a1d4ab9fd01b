/// Cuts a source text into words. Remarks go from `#` to the end of the line; lines go on inside parentheses and brackets.
struct Lexer {
    static let maximumBytes = 1 << 20
    private static let signs = [
        "...", "..<", "<=", ">=", "==", "!=", "+=", "-=", "(", ")", "[", "]", "{", "}", "<", ">", "=", "+", "-", "*", "/", ",",
        ":",
    ].map { ($0, Array($0.unicodeScalars)) }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var line = 1
    private var lineStart = 0
    /// Open parentheses and brackets.
    private var open = 0

    static func tokens(_ source: String) throws(CircuitError) -> [Token] {
        guard source.utf8.count <= maximumBytes else {
            throw CircuitError(.tooLarge, "a program has at most \(maximumBytes) bytes")
        }
        var lexer = Lexer(scalars: Array(source.unicodeScalars))
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        tokens.append(Token(kind: .newline, place: lexer.place))
        tokens.append(Token(kind: .end, place: lexer.place))
        return tokens
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var place: CircuitError.Place { .init(line: line, column: position - lineStart + 1) }
    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() throws(CircuitError) -> Token? {
        while let scalar = current {
            let start = place
            switch scalar {
            case "\n":
                position += 1
                (line, lineStart) = (line + 1, position)
                if open == 0 { return Token(kind: .newline, place: start) }
            case " ", "\t", "\r": position += 1
            case "#": while let scalar = current, scalar != "\n" { position += 1 }
            case ";":
                position += 1
                return Token(kind: .newline, place: start)
            case "a"..."z", "A"..."Z", "_": return Token(kind: .name(try name()), place: start)
            case "0"..."9": return Token(kind: .number(try number()), place: start)
            default: return Token(kind: .sign(try sign()), place: start)
            }
        }
        return nil
    }

    private mutating func name() throws(CircuitError) -> String {
        let start = position
        let first = place
        while let scalar = current,
            scalar == "_" || scalar.properties.isASCIIHexDigit || ("a"..."z").contains(scalar)
                || ("A"..."Z").contains(scalar)
        { position += 1 }
        guard position - start <= 64 else { throw CircuitError(.syntax, "a name has at most 64 characters", at: first) }
        return text(from: start)
    }

    private mutating func number() throws(CircuitError) -> Number {
        let start = position
        let first = place
        digits()
        if current == ".", position + 1 < scalars.count, ("0"..."9").contains(scalars[position + 1]) {
            position += 1
            digits()
        }
        let text = text(from: start)
        guard let number = Number(text), current.map({ !$0.properties.isAlphabetic }) ?? true else {
            throw CircuitError(.badLiteral, "`\(text.prefix(64))` is no number of at most 36 digits", at: first)
        }
        return number
    }

    private mutating func digits() {
        while let scalar = current, ("0"..."9").contains(scalar) || scalar == "_" { position += 1 }
    }

    private mutating func sign() throws(CircuitError) -> String {
        guard let (sign, letters) = Self.signs.first(where: { scalars[position...].starts(with: $0.1) }) else {
            throw CircuitError(.syntax, "`\(scalars[position])` has no meaning here", at: place)
        }
        position += letters.count
        switch sign {
        case "(", "[": open += 1
        case ")", "]": open = max(0, open - 1)
        default: break
        }
        return sign
    }

    private func text(from start: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<position])
        return String(view)
    }
}
