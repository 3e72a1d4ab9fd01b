internal import Synchronization

/// Messages that wait for one node, oldest first. When they are too many or too long the oldest go: nodes say again what
/// still matters. One task takes them out.
package final class PeerQueue: Sendable {
    /// Most messages that wait, and most bytes of them.
    package static let messages = 512
    package static let bytes = 16 << 20

    private struct Content: Sendable {
        var waiting: [[UInt8]] = []
        var bytes = 0

        mutating func removeOldest() -> [UInt8]? {
            guard !waiting.isEmpty else { return nil }
            let oldest = waiting.removeFirst()
            bytes -= oldest.count
            return oldest
        }
    }

    private let content = Mutex(Content())
    // At most one signal waits: whoever takes it looks for everything.
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    package init() { (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    package func add(_ message: [UInt8]) {
        content.withLock { content in
            content.waiting.append(message)
            content.bytes += message.count
            while content.waiting.count > Self.messages || content.bytes > Self.bytes { _ = content.removeOldest() }
        }
        signal.yield()
    }

    /// The oldest message, as soon as there is one; nil when the task is cancelled.
    package func next() async -> [UInt8]? {
        var arrivals = signals.makeAsyncIterator()
        while !Task.isCancelled {
            if let message = content.withLock({ $0.removeOldest() }) { return message }
            guard await arrivals.next() != nil else { return nil }
        }
        return nil
    }
}
