import ChanceryMCP

/// A line stream in memory; the test is the other end.
final class Pipe: LinePeer {
    private let incoming: AsyncStream<InboundLine>
    private let feed: AsyncStream<InboundLine>.Continuation
    private let outgoing: AsyncStream<String>
    private let sent: AsyncStream<String>.Continuation

    private let isStuck: Bool

    /// - Parameter isStuck: whether what is sent is never read.
    init(isStuck: Bool = false) {
        self.isStuck = isStuck
        (incoming, feed) = AsyncStream.makeStream()
        (outgoing, sent) = AsyncStream.makeStream()
    }

    func receive() async throws -> InboundLine? {
        for await line in incoming { return line }
        return nil
    }

    func send(_ line: [UInt8]) async throws {
        if isStuck { try await Task.sleep(for: .seconds(60)) }
        sent.yield(String(decoding: line, as: UTF8.self))
    }

    func say(_ line: String) { feed.yield(.text(Array(line.utf8))) }
    func close() { feed.finish() }

    /// The next line that was sent to this peer.
    func heard() async -> String? {
        for await line in outgoing { return line }
        return nil
    }
}
