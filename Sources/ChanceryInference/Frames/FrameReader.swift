internal import ChanceryWire

/// Takes frames out of bytes that arrive in any pieces, without ever holding more than one frame and the last piece.
struct FrameReader: Sendable {
    private var pending: [UInt8] = []
    private var start = 0

    /// Whether bytes are left that are no whole frame yet.
    var isEmpty: Bool { start == pending.count }

    mutating func append(_ bytes: [UInt8]) {
        pending.removeFirst(start)
        start = 0
        pending += bytes
    }

    /// The next whole frame; nil when more bytes are needed.
    ///
    /// - Throws: `inference.malformed` for a kind or length that no frame has.
    mutating func next() throws(InferenceError) -> Frame? {
        guard let first = pending[start...].first else { return nil }
        guard let kind = FrameKind(rawValue: first) else {
            throw InferenceError(.malformed, "no frame is of the kind \(first)")
        }
        guard pending.count - start >= Frame.headBytes else { return nil }
        let count = pending[start + 1..<start + Frame.headBytes].reduce(0) { $0 << 8 | Int($1) }
        guard Frame.isPossible(count) else { throw InferenceError(.malformed, "no frame has \(count) sealed bytes") }
        let body = start + Frame.headBytes
        guard pending.count - body >= count else { return nil }
        start = body + count
        return Frame(kind: kind, sealed: Array(pending[body..<start]))
    }
}
