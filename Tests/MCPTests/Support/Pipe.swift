import ChanceryMCP

/// A line stream in memory; the test is the other end.
final class Pipe: LinePeer {
    private let incoming: AsyncStream<InboundLine>
    private let feed: AsyncStream<InboundLine>.Continuation
    private let outgoing: AsyncStream<String>
    private let sent: AsyncStream<String>.Continuation

    init() {
        (incoming, feed) = AsyncStream.makeStream()
        (outgoing, sent) = AsyncStream.makeStream()
    }

    func receive() async throws -> InboundLine? {
        for await line in incoming { return line }
        return nil
    }

    func send(_ line: [UInt8]) async throws { sent.yield(String(decoding: line, as: UTF8.self)) }

    func say(_ line: String) { feed.yield(.text(Array(line.utf8))) }
    func close() { feed.finish() }

    /// The next line that was sent to this peer.
    func heard() async -> String? {
        for await line in outgoing { return line }
        return nil
    }
}
