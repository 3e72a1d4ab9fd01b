/// Finds what is hidden in Base64 inside a text: runs of its characters that decode to something readable.
///
/// A run is as long as it can be in one alphabet: that of RFC 4648 §4, that of §5, or both together. Line breaks inside a
/// run are also taken out. What decodes is read without NUL bytes (so UTF-16 of ASCII is found too), and of the
/// rest every stretch of at least ``stretchLimit`` bytes of printable UTF-8 is kept.
enum EncodedRuns {
    /// A shorter run hides less than twelve bytes.
    static let runLimit = 16
    static let stretchLimit = 8

    // Of each byte: its value in either alphabet, `lineBreak`, or `none`.
    private static let none: UInt8 = 0xff
    private static let lineBreak: UInt8 = 0xfe
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: none, count: 256)
        for (value, byte) in (Array(0x41...0x5a) + Array(0x61...0x7a) + Array(0x30...0x39)).enumerated() {
            values[byte] = UInt8(value)
        }
        for byte in [0x2b, 0x2d] { values[byte] = 62 }
        for byte in [0x2f, 0x5f] { values[byte] = 63 }
        for byte in [0x0a, 0x0d] { values[byte] = lineBreak }
        return values
    }()

    /// What the runs of `text` hide, in the order of the runs.
    static func decoded(_ text: [UInt8]) -> [[UInt8]] {
        var output = decodedWithinLines(text)
        guard text.contains(0x0a) || text.contains(0x0d) else { return output }
        forEachRun(in: text, below: none) { part in
            let joined = text[part].filter { $0 >= 0x20 }
            if joined.count < part.count, joined.count >= runLimit { append(joined[...], to: &output) }
        }
        return output
    }

    /// The same for runs without line breaks alone.
    static func decodedWithinLines(_ text: [UInt8]) -> [[UInt8]] {
        var output: [[UInt8]] = []
        forEachRun(in: text, below: lineBreak) { run in
            append(text[run], to: &output)
            for separators in [(0x2d, 0x5f), (0x2b, 0x2f)] as [(UInt8, UInt8)] {
                let parts = text[run].split { $0 == separators.0 || $0 == separators.1 }
                guard parts.count > 1 || parts.first?.count != run.count else { continue }
                for part in parts where part.count >= runLimit { append(part, to: &output) }
            }
        }
        return output
    }

    /// Calls `body` with each longest run of at least ``runLimit`` bytes whose values are below `bound`.
    private static func forEachRun(in text: [UInt8], below bound: UInt8, _ body: (Range<Int>) -> Void) {
        // Looks at the last character that a run from `start` must have, then back: most words are passed over unread.
        let values = values
        var start = 0
        while start + runLimit <= text.count {
            var index = start + runLimit - 1
            while index >= start, values[Int(text[index])] < bound { index -= 1 }
            guard index < start else {
                start = index + 1
                continue
            }
            var end = start + runLimit
            while end < text.count, values[Int(text[end])] < bound { end += 1 }
            body(start..<end)
            start = end + 1
        }
    }

    private static func append(_ run: ArraySlice<UInt8>, to output: inout [[UInt8]]) {
        let values = values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(run.count / 4 * 3 + 2)
        var accumulator: UInt32 = 0
        var bits = 0
        for character in run {
            accumulator = accumulator << 6 | UInt32(values[Int(character)])
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            let byte = UInt8(truncatingIfNeeded: accumulator >> UInt32(bits))
            if byte != 0 { bytes.append(byte) }
        }
        let readable = readable(bytes)
        if !readable.isEmpty { output.append(readable) }
    }

    /// The stretches of printable text in `bytes`, joined by line feeds.
    private static func readable(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var start = 0
        var index = 0
        func close() {
            guard index - start >= stretchLimit else { return }
            if !output.isEmpty { output.append(0x0a) }
            output.append(contentsOf: bytes[start..<index])
        }
        while index < bytes.count {
            let length = printable(bytes, index)
            if length == 0 {
                close()
                index += 1
                start = index
            } else {
                index += length
            }
        }
        close()
        return output
    }

    /// The length of the printable scalar at `index`: well-formed, and no control character but TAB, LF and CR; else 0.
    private static func printable(_ bytes: [UInt8], _ index: Int) -> Int {
        let lead = bytes[index]
        switch lead {
        case 0x09, 0x0a, 0x0d, 0x20..<0x7f: return 1
        case 0xc2...0xf4: break
        default: return 0
        }
        let length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
        guard index + length <= bytes.count, let text = String(validating: bytes[index..<index + length], as: UTF8.self) else {
            return 0
        }
        // C1 controls are the only control characters above ASCII.
        return text.unicodeScalars.allSatisfy { $0.value >= 0xa0 } ? length : 0
    }
}
