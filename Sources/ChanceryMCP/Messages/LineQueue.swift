import Synchronization

/// Lines on their way to one peer, written by one task in order; bounded, so that a peer that does not read cannot
/// fill the memory.
final class LineQueue: Sendable {
    private let lines: AsyncStream<[UInt8]>
    private let input: AsyncStream<[UInt8]>.Continuation
    private let queued = Mutex(0)
    private let limit: Int

    /// `limit` is the number of bytes that may wait before a line is refused.
    init(limit: Int) {
        self.limit = limit
        (lines, input) = AsyncStream.makeStream()
    }

    /// False when the peer has let more than the limit pile up; the line is dropped then.
    func push(_ line: [UInt8]) -> Bool {
        let fits = queued.withLock { queued in
            guard queued <= limit else { return false }
            queued += line.count
            return true
        }
        if fits { input.yield(line) }
        return fits
    }

    /// Nothing follows; ``drain(into:)`` returns after the last line.
    func finish() { input.finish() }

    /// Writes until the queue is finished.
    func drain(into peer: any LinePeer) async throws {
        for await line in lines {
            try await peer.send(line)
            queued.withLock { $0 -= line.count }
        }
    }
}
