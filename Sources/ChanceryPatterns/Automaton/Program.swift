/// All patterns of a set as one nondeterministic automaton over symbols, the classes of scalars that no pattern tells
/// apart.
package struct Program: Sendable {
    enum Instruction: Sendable {
        /// Takes a symbol out of the set with this number.
        case take(set: Int, next: Int)
        /// Goes both ways without taking anything.
        case fork(Int, Int)
        /// Goes on where the place between two scalars is as asked.
        case check(SyntaxTree.Assertion, next: Int)
        /// The pattern with this index occurs.
        case found(Int)
    }

    var instructions: [Instruction] = []
    /// Where each pattern starts.
    var starts: [Int] = []
    /// Checks for the end of the text and then reports: where a pattern is whose `$` met a line feed.
    var foundAtEnd: [Int] = []
    /// The symbols of each set, as bits.
    var sets: [[UInt64]] = []
    var symbols = SymbolTable(sets: [])

    func takes(_ set: Int, _ symbol: Int) -> Bool {
        sets[set][symbol >> 6] & 1 << UInt64(symbol & 63) != 0
    }
}
