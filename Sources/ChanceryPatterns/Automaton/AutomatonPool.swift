import Synchronization

/// Automata of one program for the threads that search with it: each search takes one for itself and gives it back.
final class AutomatonPool: Sendable {
    /// More than this many idle automata are not kept.
    static let idleLimit = 16

    private let program: Program
    private let idle = Mutex<[LazyAutomaton]>([])

    init(_ program: Program) { self.program = program }

    func withAutomaton<Answer>(_ body: (LazyAutomaton) -> Answer) -> Answer {
        let automaton = idle.withLock { $0.popLast() } ?? LazyAutomaton(program)
        defer {
            idle.withLock { idle in
                if idle.count < Self.idleLimit { idle.append(automaton) }
            }
        }
        return body(automaton)
    }
}

// Invariant: an automaton is in the pool or with one search, never with two.
extension LazyAutomaton: @unchecked Sendable {}
