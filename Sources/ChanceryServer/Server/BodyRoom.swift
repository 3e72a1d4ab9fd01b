internal import Synchronization

/// The memory that bodies may take together, so that many clients at once cost no more than that.
final class BodyRoom: Sendable {
    private let left: Mutex<Int>

    init(_ bytes: Int) { left = Mutex(bytes) }

    /// What one body takes, until this is let go.
    final class Share: Sendable {
        private let room: BodyRoom
        private let taken = Mutex(0)

        init(of room: BodyRoom) { self.room = room }

        deinit { room.left.withLock { $0 += taken.withLock { $0 } } }

        /// - Returns: whether there was room for so many bytes more.
        func take(_ count: Int) -> Bool {
            let isFree = room.left.withLock { left in
                guard left >= count else { return false }
                left -= count
                return true
            }
            if isFree { taken.withLock { $0 += count } }
            return isFree
        }
    }
}
