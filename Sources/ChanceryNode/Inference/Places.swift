internal import ChanceryInference
internal import Synchronization

/// So many requests are answered at once.
final class Places: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    /// One of them, until it is let go.
    final class Place: Sendable {
        private let places: Places

        fileprivate init(of places: Places) { self.places = places }

        deinit { places.free.withLock { $0 += 1 } }
    }

    /// - Throws: `inference.busy` when none is free.
    func take() throws(InferenceError) -> Place {
        let isFree = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        guard isFree else { throw InferenceError(.busy, "the service answers as many requests as it can; try again later") }
        return Place(of: self)
    }
}
