/// Cuts a byte stream into the lines of MCP's stdio transport, and never holds more than the limit.
public struct LineSplitter: Sendable {
    private let limit: Int
    private var partial: [UInt8] = []
    private var isSkipping = false

    /// `limit` is the longest line in bytes, without its end.
    public init(limit: Int = 4 << 20) { self.limit = max(1, limit) }

    /// The lines that `bytes` complete. Only a line feed ends a line; a carriage return before it belongs to the end.
    /// A longer line is dropped to its end and reported once.
    public mutating func push(_ bytes: some Collection<UInt8>) -> [InboundLine] {
        var lines: [InboundLine] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0a) {
            append(rest[..<end])
            rest = rest[rest.index(after: end)...]
            lines.append(take())
        }
        append(rest)
        return lines
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        guard !isSkipping else { return }
        guard bytes.count <= limit + 1 - partial.count else {
            isSkipping = true
            partial = []
            return
        }
        partial.append(contentsOf: bytes)
    }

    private mutating func take() -> InboundLine {
        defer {
            partial = []
            isSkipping = false
        }
        if isSkipping { return .overlong }
        if partial.last == 0x0d { partial.removeLast() }
        return partial.count > limit ? .overlong : .text(partial)
    }
}
