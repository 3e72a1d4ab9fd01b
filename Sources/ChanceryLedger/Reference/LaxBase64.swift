/// Base64 as the reference reads it: characters outside the alphabet are skipped, and so are unused bits.
///
/// Only for the reference's verdicts; everything else decodes strictly.
enum LaxBase64 {
    /// The bytes, or nil where the reference finds the padding wrong.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var accumulator: UInt32 = 0
        var inGroup = 0
        var padding = 0
        for character in text.utf8 {
            if character == 0x3d {
                padding += 1
                // A group completed by padding ends the text, whatever follows.
                if inGroup >= 2, inGroup + padding >= 4 { return bytes }
                continue
            }
            guard let value = value(of: character) else { continue }
            padding = 0
            accumulator = accumulator << 6 | value
            inGroup += 1
            if inGroup > 1 {
                bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32((4 - inGroup) * 2)))
            }
            if inGroup == 4 {
                inGroup = 0
                accumulator = 0
            }
        }
        return inGroup == 0 ? bytes : nil
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5a: UInt32(character) - 0x41
        case 0x61...0x7a: UInt32(character) - 0x61 + 26
        case 0x30...0x39: UInt32(character) - 0x30 + 52
        case 0x2b: 62
        case 0x2f: 63
        default: nil
        }
    }
}
