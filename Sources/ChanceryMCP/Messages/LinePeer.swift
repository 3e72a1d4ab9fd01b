/// One line as it came.
public enum InboundLine: Sendable, Equatable {
    case text([UInt8])
    /// More bytes than the reader keeps; they are gone.
    case overlong
}

/// The other end of a line stream: a client at our standard input and output, or the process of a server.
///
/// Promises: `receive` gives lines in order, nil at the end, and returns or throws soon after its task is cancelled.
/// `send` writes the line and a line feed as one piece; it is called by one task at a time.
public protocol LinePeer: Sendable {
    func receive() async throws -> InboundLine?
    func send(_ line: [UInt8]) async throws
}
