internal import Synchronization

/// So many places for each reader; one is free again when whoever holds it is gone.
final class ReaderPlaces: Sendable {
    final class Place: Sendable {
        private let places: ReaderPlaces
        private let reader: String

        fileprivate init(_ places: ReaderPlaces, _ reader: String) {
            self.places = places
            self.reader = reader
        }

        deinit { places.leave(reader) }
    }

    private let most: Int
    private let held = Mutex<[String: Int]>([:])

    init(_ most: Int) { self.most = most }

    /// Nil when the reader has as many as it may.
    func take(_ reader: String) -> Place? {
        let isTaken = held.withLock { held in
            guard held[reader, default: 0] < most else { return false }
            held[reader, default: 0] += 1
            return true
        }
        return isTaken ? Place(self, reader) : nil
    }

    private func leave(_ reader: String) {
        held.withLock { held in
            let left = (held[reader] ?? 1) - 1
            held[reader] = left > 0 ? left : nil
        }
    }
}
