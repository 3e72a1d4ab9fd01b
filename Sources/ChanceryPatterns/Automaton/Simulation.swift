/// Moves a set of places in a ``Program`` over one symbol at a time: O(program) for each.
///
/// Searching is unanchored: every step starts all patterns anew.
package struct Simulation {
    /// What stands before a place in the text.
    enum Before: UInt8, CaseIterable, Sendable {
        case textStart, word, newline, other
    }

    /// What stands after it, as far as it is known.
    enum After: Sendable {
        case unknown, end, word, newline, lastNewline, other
    }

    /// Instructions that wait for the next symbol, ascending, and the patterns found on the way to them.
    struct Configuration: Hashable, Sendable {
        var places: [Int32]
        var before: Before
        var found: [Int32]
    }

    let program: Program
    /// Steps taken so far; the work that a text causes is at most this times the size of the program.
    package private(set) var steps = 0
    // The pass in which an instruction was last visited: marks need no clearing between passes.
    private var marks: [Int]
    private var pass = 0
    private var stack: [Int] = []
    private var places: [Int32] = []
    private var found: [Int32] = []

    init(_ program: Program) {
        self.program = program
        marks = [Int](repeating: 0, count: program.instructions.count)
    }

    func before(afterTaking symbol: Int) -> Before {
        if symbol == program.symbols.newline { return .newline }
        return program.symbols.isWord[symbol] ? .word : .other
    }

    /// Where a search begins at a place that `before` stands in front of.
    mutating func start(_ before: Before) -> Configuration {
        beginPass()
        for start in program.starts { close(start, before, .unknown) }
        return collect(before)
    }

    mutating func step(_ configuration: Configuration, _ symbol: Int) -> Configuration {
        steps += 1
        let before = before(afterTaking: symbol)
        let isNewline = before == .newline
        let after: After = isNewline ? .newline : before == .word ? .word : .other
        let foundAtEnd = isNewline ? foundIfLast(configuration, symbol) : []
        let (taking, alreadyFound) = settle(configuration, after)
        beginPass()
        found = alreadyFound
        for place in taking {
            guard case .take(let set, let next) = program.instructions[Int(place)], program.takes(set, symbol) else { continue }
            close(next, before, .unknown)
        }
        for pattern in foundAtEnd { close(program.foundAtEnd[Int(pattern)], before, .unknown) }
        for start in program.starts { close(start, before, .unknown) }
        return collect(before)
    }

    /// The patterns that are found because the text ends here, besides those found already.
    mutating func finish(_ configuration: Configuration) -> [Int32] {
        settle(configuration, .end).found
    }

    /// The patterns that are found if `symbol` is a line feed and the last of the text, through a `$` before it.
    private mutating func foundIfLast(_ configuration: Configuration, _ symbol: Int) -> [Int32] {
        let waits = configuration.places.contains { place in
            if case .check = program.instructions[Int(place)] { true } else { false }
        }
        guard waits else { return [] }
        let (taking, early) = settle(configuration, .lastNewline)
        beginPass()
        found = early
        for place in taking {
            guard case .take(let set, let next) = program.instructions[Int(place)], program.takes(set, symbol) else { continue }
            close(next, .newline, .end)
        }
        return found
    }

    /// Decides the checks that wait in `configuration`: the places that take a symbol, and the patterns found.
    private mutating func settle(_ configuration: Configuration, _ after: After) -> (taking: [Int32], found: [Int32]) {
        beginPass()
        for place in configuration.places { close(Int(place), configuration.before, after) }
        return (places, found)
    }

    private mutating func beginPass() {
        pass += 1
        places.removeAll(keepingCapacity: true)
        found.removeAll(keepingCapacity: true)
    }

    private func collect(_ before: Before) -> Configuration {
        Configuration(places: places.sorted(), before: before, found: found.count > 1 ? Array(Set(found)).sorted() : found)
    }

    /// Adds what is reached from `entry` without taking a symbol.
    private mutating func close(_ entry: Int, _ before: Before, _ after: After) {
        stack.append(entry)
        while let place = stack.popLast() {
            guard marks[place] != pass else { continue }
            marks[place] = pass
            switch program.instructions[place] {
            case .take: places.append(Int32(truncatingIfNeeded: place))
            case .found(let pattern): found.append(Int32(truncatingIfNeeded: pattern))
            case .fork(let one, let other):
                stack.append(other)
                stack.append(one)
            case .check(let kind, let next):
                switch kind.holds(before, after) {
                case true?: stack.append(next)
                case nil: places.append(Int32(truncatingIfNeeded: place))
                case false?: break
                }
            }
        }
    }
}

extension SyntaxTree.Assertion {
    /// Whether the place between `before` and `after` is as asked; nil while it cannot be known.
    func holds(_ before: Simulation.Before, _ after: Simulation.After) -> Bool? {
        switch self {
        case .textStart: return before == .textStart
        case .lineStart: return before == .textStart || before == .newline
        default: break
        }
        guard after != .unknown else { return nil }
        switch self {
        case .textStart, .lineStart: return nil
        case .textEnd: return after == .end
        case .textEndOrLastNewline: return after == .end || after == .lastNewline
        case .lineEnd: return after == .end || after == .newline || after == .lastNewline
        case .wordBoundary: return (before == .word) != (after == .word)
        case .noWordBoundary: return (before == .word) == (after == .word)
        }
    }
}
