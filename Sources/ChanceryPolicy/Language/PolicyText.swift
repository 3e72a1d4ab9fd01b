/// The bytes of a policy text, known to be plain: UTF-8 without control characters, within the size limit.
///
/// Lines and columns count from 1, columns in Unicode scalars, as libYAML does.
struct PolicyText: Sendable {
    static let largest = 256 << 10

    let bytes: [UInt8]
    let string: String
    private let lineStarts: [Int]

    /// Nil when the bytes are no such text; the reason is in `findings` then.
    init?(_ bytes: [UInt8], _ findings: inout FindingLog) {
        let start = Position(line: 1, column: 1)
        guard bytes.count <= Self.largest else {
            findings.error(.tooLong, "the text has \(bytes.count) bytes; the limit is \(Self.largest)", start)
            return nil
        }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            findings.error(.encoding, "the text is not valid UTF-8", start)
            return nil
        }
        var lineStarts = [0]
        var refused: (Int, String)?
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case 0x0a: lineStarts.append(offset + 1)
            case 0x0d:
                if offset + 1 == bytes.count || bytes[offset + 1] != 0x0a {
                    refused = refused ?? (offset, "a lone carriage return")
                }
            case 0x09: break
            case 0..<0x20, 0x7f: refused = refused ?? (offset, "a control character")
            case 0xc2:
                // U+0080…U+009F: control characters, among them NEL, which ends a line for some readers only.
                if bytes[offset + 1] < 0xa0 { refused = refused ?? (offset, "a control character") }
            case 0xe2:
                if bytes[offset + 1] == 0x80, bytes[offset + 2] == 0xa8 || bytes[offset + 2] == 0xa9 {
                    refused = refused ?? (offset, "a Unicode line separator")
                }
            case 0xef:
                if bytes[offset + 1] == 0xbb, bytes[offset + 2] == 0xbf { refused = refused ?? (offset, "a byte-order mark") }
            default: break
            }
        }
        self.bytes = bytes
        self.string = string
        self.lineStarts = lineStarts
        if let (offset, what) = refused {
            findings.error(.encoding, "the text holds \(what)", position(of: offset))
            return nil
        }
    }

    func position(of offset: Int) -> Position {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let start = lineStarts[low]
        let column = bytes[start..<min(offset, bytes.count)].count { $0 & 0xc0 != 0x80 }
        return Position(line: low + 1, column: column + 1)
    }

    /// The byte at which a line and column stand; nil beyond the text.
    func offset(of position: Position) -> Int? {
        guard (1...lineStarts.count).contains(position.line), position.column >= 1 else { return nil }
        var offset = lineStarts[position.line - 1]
        var left = position.column - 1
        while left > 0 {
            guard offset < bytes.count, bytes[offset] != 0x0a else { return nil }
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xc0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }
}

/// Where something stands in a policy text, from 1.
struct Position: Sendable, Hashable {
    let line: Int
    let column: Int
}
