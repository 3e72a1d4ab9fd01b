/// A name with wildcards: `*` stands for any run of characters, `?` for one, `\` takes the next one literally.
///
/// Compares Unicode scalars, never canonical equivalence. Time is at most O(text × pattern).
public struct Glob: Sendable {
    public let source: String
    private let tokens: [Token]

    private enum Token: Equatable, Sendable {
        case run
        case one
        case literal(Unicode.Scalar)
    }

    /// Refuses sources beyond 4096 bytes (`pattern.too_long`) and a `\` at the end (`pattern.syntax`).
    public init(_ source: String) throws(PatternError) {
        guard source.utf8.count <= 4096 else {
            throw PatternError(.tooLong, "glob of \(source.utf8.count) bytes exceeds 4096", column: 1)
        }
        var tokens: [Token] = []
        var escaped = false
        for scalar in source.unicodeScalars {
            switch (escaped, scalar) {
            case (false, "\\"):
                escaped = true
                continue
            case (false, "*"): if tokens.last != .run { tokens.append(.run) }
            case (false, "?"): tokens.append(.one)
            default: tokens.append(.literal(scalar))
            }
            escaped = false
        }
        guard !escaped else {
            throw PatternError(.syntax, "`\\` at the end escapes nothing", column: source.unicodeScalars.count)
        }
        self.source = source
        self.tokens = tokens
    }

    /// Whether all of `text` fits the glob.
    public func matches(_ text: String) -> Bool {
        // Going back to the last `*` alone is enough: an earlier one can only have taken less.
        let text = text.unicodeScalars
        var position = text.startIndex
        var token = 0
        var retry: (token: Int, position: String.UnicodeScalarView.Index)?
        while position < text.endIndex {
            if token < tokens.count, tokens[token] == .run {
                token += 1
                retry = (token, position)
            } else if token < tokens.count, accepts(tokens[token], text[position]) {
                token += 1
                text.formIndex(after: &position)
            } else if let last = retry {
                position = text.index(after: last.position)
                token = last.token
                retry = (last.token, position)
            } else {
                return false
            }
        }
        while token < tokens.count, tokens[token] == .run { token += 1 }
        return token == tokens.count
    }

    private func accepts(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
        switch token {
        case .run: false
        case .one: true
        case .literal(let expected): expected == scalar
        }
    }
}

extension Glob: Hashable {
    public static func == (left: Glob, right: Glob) -> Bool { left.source.utf8.elementsEqual(right.source.utf8) }
    public func hash(into hasher: inout Hasher) {
        for byte in source.utf8 { hasher.combine(byte) }
    }
}
