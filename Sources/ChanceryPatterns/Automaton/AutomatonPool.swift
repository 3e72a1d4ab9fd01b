import Synchronization

/// Automata of one program for the threads that search with it: each search takes one for itself and gives it back.
final class AutomatonPool: Sendable {
    /// More than this many idle automata are not kept.
    static let idleLimit = 16

    // Invariant: a place is in the pool or with one search, never with two. So it is unchecked: no two threads have it at once.
    private final class Place: @unchecked Sendable {
        var automaton: LazyAutomaton

        init(_ program: Program) { automaton = LazyAutomaton(program) }
    }

    private let program: Program
    private let idle = Mutex<[Place]>([])

    init(_ program: Program) { self.program = program }

    func withAutomaton<Answer>(_ body: (inout LazyAutomaton) -> Answer) -> Answer {
        let place = idle.withLock { $0.popLast() } ?? Place(program)
        defer {
            idle.withLock { idle in
                if idle.count < Self.idleLimit { idle.append(place) }
            }
        }
        return body(&place.automaton)
    }
}
