/// Kleene's three values: what cannot be told stays unknown through "and", "or" and "not".
enum Truth: Int, Sendable {
    case no, unknown, yes

    init(_ flag: Bool) { self = flag ? .yes : .no }

    var negated: Truth { Truth(rawValue: 2 - rawValue)! }
}
