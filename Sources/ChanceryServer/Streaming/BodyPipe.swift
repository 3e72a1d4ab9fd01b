internal import ChanceryAPI
internal import ChanceryNode
internal import Dispatch
internal import NIOCore
internal import Synchronization

/// Hands a body that comes over the network to a reader that waits for it on a thread of its own. A few parts lie between the
/// two, whatever the body's length.
final class BodyPipe: VaultContent, Sendable {
    /// Most bytes that lie between the two.
    static let capacity = 4 << 20

    fileprivate struct State {
        var parts: [ByteBuffer] = []
        var bytes = 0
        /// Nil while more may come.
        var end: Result<Void, any Error>?
        /// The reader takes no more.
        var isClosed = false
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    /// One for each part, and for the end. Blocks the reader alone, on a thread that runs no task.
    private let available = DispatchSemaphore(value: 0)
    /// What the reader has begun.
    private let current = Mutex(ByteBuffer())

    // MARK: the sender's side

    /// Gives `part` to the reader; waits while enough lies there.
    ///
    /// - Throws: `CancellationError` when the reader has gone.
    func write(_ part: ByteBuffer) async throws {
        let isOpen = state.withLock { state in
            guard !state.isClosed else { return false }
            state.parts.append(part)
            state.bytes += part.readableBytes
            return true
        }
        guard isOpen else { throw CancellationError() }
        available.signal()
        await withCheckedContinuation { writer in
            let mayGoOn = state.withLock { state in
                guard state.bytes >= Self.capacity, !state.isClosed else { return true }
                state.writer = writer
                return false
            }
            if mayGoOn { writer.resume() }
        }
    }

    /// Says that the body is whole, or why it is not.
    func finish(_ result: Result<Void, any Error>) {
        state.withLock { $0.end = $0.end ?? result }
        available.signal()
    }

    // MARK: the reader's side

    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            var part = current.withLock { $0 }
            if part.readableBytes == 0 {
                guard let next = try next() else { break }
                part = next
            }
            let count = min(part.readableBytes, buffer.count - filled)
            unsafe buffer.withUnsafeMutableBytes { target in
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: target[filled..<filled + count])
                _ = unsafe part.readWithUnsafeReadableBytes { source in
                    unsafe place.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
                    return count
                }
            }
            filled += count
            current.withLock { [part] in $0 = part }
        }
        return filled
    }

    private func next() throws -> ByteBuffer? {
        available.wait()
        let (part, end, writer) = state.withLock {
            state -> (ByteBuffer?, Result<Void, any Error>?, CheckedContinuation<Void, Never>?) in
            // What went wrong is heard at once.
            if case .failure(let error)? = state.end { return (nil, .failure(error), state.takeWriter()) }
            guard !state.parts.isEmpty else { return (nil, state.end, nil) }
            let part = state.parts.removeFirst()
            state.bytes -= part.readableBytes
            return (part, nil, state.bytes < Self.capacity ? state.takeWriter() : nil)
        }
        writer?.resume()
        if let part { return part }
        // Whoever asks after the end hears of it again.
        available.signal()
        try end?.get()
        return nil
    }

    /// Takes no more: who writes is told so.
    func close() {
        let writer = state.withLock { state in
            state.isClosed = true
            state.parts = []
            return state.takeWriter()
        }
        writer?.resume()
    }
}

extension BodyPipe.State {
    fileprivate mutating func takeWriter() -> CheckedContinuation<Void, Never>? {
        defer { writer = nil }
        return writer
    }
}
