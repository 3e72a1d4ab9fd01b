/// Compiles QuorumVM's language to its IR.
///
/// One statement per line, words separated by white space, a line that starts with `#` is a remark. A program that compiles
/// strictly compiles to the same IR without `isStrict`.
public struct SeedParser {
    public enum Profile: String, Sendable, CaseIterable {
        /// input, const, add, sub, mul, and one output.
        case seed
        /// neg, mux, dot, polyeval and several outputs besides.
        case extended
    }

    public static let maximumBytes = 1 << 20

    private struct Word {
        let text: String
        let place: CircuitError.Place
    }

    private let profile: Profile
    private let isStrict: Bool
    private var nodes: [SeedProgram.Node] = []
    private var names: [[UInt8]: Int] = [:]
    private var outputs: [Int] = []
    private var expansions = 0

    /// The program that `source` says.
    ///
    /// `isStrict` looks at what QuorumVM does not: the `=`, words after the end of a statement, and names, which are a letter or
    /// `_`, then letters, digits and `_`, and never start with `__`. A word that starts with `#` then ends a line.
    ///
    /// - Throws: ``CircuitError`` with line and column.
    public static func parse(
        _ source: String, profile: Profile, isStrict: Bool, form: SeedProgram.Form = .seed
    ) throws(CircuitError) -> SeedProgram {
        guard source.utf8.count <= maximumBytes else {
            throw CircuitError(.tooLarge, "a program has at most \(maximumBytes) bytes")
        }
        var parser = SeedParser(profile: profile, isStrict: isStrict)
        var end = CircuitError.Place(line: 1, column: 1)
        for words in parser.lines(of: source) {
            end = words[0].place
            try parser.statement(words)
        }
        guard !parser.outputs.isEmpty else { throw CircuitError(.noOutput, "no output statement found", at: end) }
        return try SeedProgram(nodes: parser.nodes, outputs: parser.outputs, form: parser.outputs.count > 1 ? .extended : form)
    }

    private init(profile: Profile, isStrict: Bool) {
        self.profile = profile
        self.isStrict = isStrict
    }

    /// The words of each line that has some.
    private func lines(of source: String) -> [[Word]] {
        var lines: [[Word]] = []
        var words: [Word] = []
        var word = String.UnicodeScalarView()
        var place = CircuitError.Place(line: 1, column: 1)
        var (line, column, isAfterReturn) = (1, 0, false)
        let endWord = { (word: inout String.UnicodeScalarView, words: inout [Word], place: CircuitError.Place) in
            if !word.isEmpty { words.append(Word(text: String(word), place: place)) }
            word = .init()
        }
        for scalar in source.unicodeScalars {
            let isEnd = scalar == "\n" || scalar == "\r"
            if scalar == "\n" && isAfterReturn {
                isAfterReturn = false
                continue
            }
            isAfterReturn = scalar == "\r"
            column += 1
            if isEnd || scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value) {
                endWord(&word, &words, place)
            } else {
                if word.isEmpty { place = .init(line: line, column: column) }
                word.append(scalar)
            }
            if isEnd {
                if !words.isEmpty { lines.append(words) }
                words = []
                (line, column) = (line + 1, 0)
            }
        }
        endWord(&word, &words, place)
        if !words.isEmpty { lines.append(words) }
        return lines.compactMap { line in
            if line[0].text.unicodeScalars.first == "#" { return nil }
            guard isStrict, let end = line.firstIndex(where: { $0.text.unicodeScalars.first == "#" }) else { return line }
            return Array(line[..<end])
        }
    }

    private mutating func statement(_ words: [Word]) throws(CircuitError) {
        let keyword = words[0].text.lowercased()
        switch (keyword, profile) {
        case ("input", _):
            try need(words, 2)
            if isStrict { try end(words, at: 2) }
            try add(words[1], .input, [])
        case ("const", _):
            try need(words, 4)
            try equals(words)
            if isStrict { try end(words, at: 4) }
            guard let value = SeedInteger(words[3].text) else {
                throw CircuitError(.badLiteral, "`\(words[3].text.prefix(64))` is no integer", at: words[3].place)
            }
            try add(words[1], .constant(value), [])
        case ("add", _): try operation(.add, words)
        case ("sub", _): try operation(.sub, words)
        case ("mul", _): try operation(.mul, words)
        case ("neg", .extended): try operation(.neg, words)
        case ("mux", .extended): try operation(.mux, words)
        case ("dot", .extended): try dot(words)
        case ("polyeval", .extended): try polynomial(words)
        case ("output", _): try output(words)
        default: throw CircuitError(.unknownKeyword, "unknown keyword `\(words[0].text.prefix(64))`", at: words[0].place)
        }
    }

    private func need(_ words: [Word], _ count: Int) throws(CircuitError) {
        guard words.count >= count else { throw CircuitError(.incompleteStatement, "incomplete statement", at: words[0].place) }
    }

    private func end(_ words: [Word], at count: Int) throws(CircuitError) {
        guard words.count == count else {
            throw CircuitError(
                .trailingTokens, "`\(words[count].text.prefix(64))` after the end of the statement", at: words[count].place)
        }
    }

    private func equals(_ words: [Word]) throws(CircuitError) {
        guard !isStrict || words[2].text == "=" else {
            throw CircuitError(.missingEquals, "`=` was expected, found `\(words[2].text.prefix(64))`", at: words[2].place)
        }
    }

    private func node(_ word: Word) throws(CircuitError) -> Int {
        guard let index = names[Array(word.text.utf8)] else {
            throw CircuitError(.undefinedName, "undefined identifier `\(word.text.prefix(64))`", at: word.place)
        }
        return index
    }

    private mutating func operation(_ operation: SeedProgram.Operation, _ words: [Word]) throws(CircuitError) {
        try need(words, 3 + operation.arity)
        try equals(words)
        if isStrict { try end(words, at: 3 + operation.arity) }
        var operands: [Int] = []
        for word in words[3..<3 + operation.arity] { operands.append(try node(word)) }
        try add(words[1], operation, operands)
    }

    /// `dot name = a1 b1 … aN bN`: N products, then their sum from the left.
    private mutating func dot(_ words: [Word]) throws(CircuitError) {
        try need(words, 3)
        try equals(words)
        var operands: [Int] = []
        for word in words[3...] { operands.append(try node(word)) }
        guard !operands.isEmpty, operands.count % 2 == 0 else {
            throw CircuitError(.badArity, "dot takes pairs, found \(operands.count) operands", at: words[0].place)
        }
        guard operands.count > 2 else { return try add(words[1], .mul, operands) }
        var products: [Int] = []
        for index in stride(from: 0, to: operands.count, by: 2) {
            products.append(try expand(words[1], "dot", "m", .mul, [operands[index], operands[index + 1]]))
        }
        var sum = products[0]
        for product in products[1..<(products.count - 1)] { sum = try expand(words[1], "dot", "a", .add, [sum, product]) }
        try add(words[1], .add, [sum, products[products.count - 1]])
    }

    /// `polyeval name = x c0 … cN`: by Horner's rule.
    private mutating func polynomial(_ words: [Word]) throws(CircuitError) {
        try need(words, 3)
        try equals(words)
        var operands: [Int] = []
        for word in words[3...] { operands.append(try node(word)) }
        guard operands.count >= 2 else {
            throw CircuitError(.badArity, "polyeval takes a variable and a coefficient at least", at: words[0].place)
        }
        let coefficients = operands[1...]
        var value = operands[operands.count - 1]
        guard coefficients.count > 1 else {
            let zero = try expand(words[1], "poly", "z", .constant(SeedInteger(0)), [])
            return try add(words[1], .add, [value, zero])
        }
        for (index, coefficient) in coefficients.enumerated().reversed().dropFirst() {
            let product = try expand(words[1], "poly", "m", .mul, [value, operands[0]])
            if index == 0 { return try add(words[1], .add, [product, coefficient]) }
            value = try expand(words[1], "poly", "a", .add, [product, coefficient])
        }
    }

    private mutating func output(_ words: [Word]) throws(CircuitError) {
        try need(words, 2)
        if profile == .seed {
            if let earlier = outputs.first {
                throw CircuitError(
                    .multipleOutputs, "multiple outputs (already declared `\(nodes[earlier].id)`)", at: words[0].place)
            }
            if isStrict { try end(words, at: 2) }
            return outputs.append(try node(words[1]))
        }
        for word in words[1...] {
            let index = try node(word)
            guard !outputs.contains(index) else {
                throw CircuitError(.duplicateOutput, "duplicate output `\(word.text.prefix(64))`", at: word.place)
            }
            guard outputs.count < Circuit.Limits.outputs else {
                throw CircuitError(.tooLarge, "too many outputs", at: word.place)
            }
            outputs.append(index)
        }
    }

    /// Adds a node that the program does not name.
    private mutating func expand(
        _ word: Word, _ macro: String, _ part: String, _ operation: SeedProgram.Operation, _ operands: [Int]
    ) throws(CircuitError) -> Int {
        expansions += 1
        let name = Word(text: "__\(macro)_\(word.text)_\(part)_\(expansions)", place: word.place)
        return try insert(name, operation, operands)
    }

    private mutating func add(_ word: Word, _ operation: SeedProgram.Operation, _ operands: [Int]) throws(CircuitError) {
        if isStrict && !isName(word.text) {
            throw CircuitError(.badName, "`\(word.text.prefix(64))` is no name", at: word.place)
        }
        _ = try insert(word, operation, operands)
    }

    private mutating func insert(
        _ word: Word, _ operation: SeedProgram.Operation, _ operands: [Int]
    ) throws(CircuitError) -> Int {
        guard word.text.utf8.count <= SeedProgram.maximumNameLength, nodes.count < SeedProgram.maximumNodes else {
            throw CircuitError(.tooLarge, "a name is too long, or the program has too many nodes", at: word.place)
        }
        guard names.updateValue(nodes.count, forKey: Array(word.text.utf8)) == nil else {
            throw CircuitError(.duplicateName, "duplicate identifier `\(word.text)`", at: word.place)
        }
        nodes.append(.init(id: word.text, operation: operation, operands: operands))
        return nodes.count - 1
    }

    private func isName(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, first == "_" || first.properties.isXIDStart, !text.hasPrefix("__") else {
            return false
        }
        return scalars.allSatisfy { $0.properties.isXIDContinue }
    }
}
