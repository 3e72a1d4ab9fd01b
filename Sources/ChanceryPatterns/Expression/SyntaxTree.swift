/// An expression as it was written, without what searching does not need: groups, greed and flags are resolved.
package indirect enum SyntaxTree: Hashable, Sendable {
    case empty
    /// One scalar out of a set.
    case scalar(ScalarSet)
    case assertion(Assertion)
    case sequence([SyntaxTree])
    case alternatives([SyntaxTree])
    /// At least `least` times, at most `most` times or without end; `column` is where the repetition was written.
    case repetition(SyntaxTree, least: Int, most: Int?, column: Int)

    /// A place between two scalars.
    package enum Assertion: UInt8, Hashable, Sendable {
        /// `\A`, and `^` unless lines are asked for.
        case textStart
        /// `^` under `(?m)`.
        case lineStart
        /// `\z` and, as in Python, `\Z`.
        case textEnd
        /// `$`: the end of the text or before a line feed that ends it.
        case textEndOrLastNewline
        /// `$` under `(?m)`.
        case lineEnd
        /// `\b` and `\B`; words are those of `\w`.
        case wordBoundary
        case noWordBoundary
    }
}
