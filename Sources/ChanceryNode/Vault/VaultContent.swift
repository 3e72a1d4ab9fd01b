/// Content that is put into a vault, from its start to its end.
public protocol VaultContent: AnyObject {
    /// Fills `buffer` as far as there is content.
    ///
    /// - Returns: how many bytes were written; fewer than the buffer has only at the end.
    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int

    /// Starts over, for a put that was interrupted with other content.
    ///
    /// - Returns: whether the content can be read again from its start.
    func rewind() throws -> Bool
}

extension VaultContent {
    public func rewind() throws -> Bool { false }
}

/// Content in memory.
public final class BytesContent: VaultContent {
    private let bytes: [UInt8]
    private var offset = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        let count = min(buffer.count, bytes.count - offset)
        for index in 0..<count { buffer[index] = bytes[offset + index] }
        offset += count
        return count
    }

    public func rewind() -> Bool {
        offset = 0
        return true
    }
}
