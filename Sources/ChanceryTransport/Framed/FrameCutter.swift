internal import NIOCore

/// Cuts a stream into messages: each is preceded by its length, four bytes, most significant first.
struct FrameCutter {
    /// Most bytes of one message.
    static let maximumBytes = 16 << 20
    static let headBytes = 4

    private var waiting = ByteBuffer()

    mutating func add(_ bytes: inout ByteBuffer) { waiting.writeBuffer(&bytes) }

    /// The next whole message; nil until there is one.
    ///
    /// - Throws: `transport.frame_too_long` for a length of zero or beyond the limit: nothing after it can be read.
    mutating func next() throws(TransportError) -> [UInt8]? {
        guard let length = waiting.getInteger(at: waiting.readerIndex, as: UInt32.self) else { return nil }
        guard (1...Self.maximumBytes).contains(Int(length)) else {
            throw TransportError(.frameTooLong, "a message of \(length) bytes; at most \(Self.maximumBytes) are taken")
        }
        guard waiting.readableBytes >= Self.headBytes + Int(length) else { return nil }
        waiting.moveReaderIndex(forwardBy: Self.headBytes)
        let message = waiting.readBytes(length: Int(length))
        waiting.discardReadBytes()
        return message
    }
}

extension TransportError.Reason {
    /// A length before a message that no message has.
    public static let frameTooLong = Self(rawValue: "transport.frame_too_long")
}
