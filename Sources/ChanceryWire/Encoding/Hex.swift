/// Lower-case hexadecimal, the text form of hashes.
public enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The lower-case text of `bytes`, two digits each.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`. Upper-case digits, an odd length and anything else are refused.
    public static func decode(_ text: some StringProtocol) throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 2)
        var high: UInt8?
        var offset = 0
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case 0x30...0x39: value = character - 0x30
            case 0x61...0x66: value = character - 0x61 + 10
            default: throw WireError(.invalidCharacter, "not a lower-case hexadecimal digit", offset: offset)
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
            offset += 1
        }
        guard high == nil else { throw WireError(.truncated, "odd number of hexadecimal digits", offset: offset) }
        return bytes
    }

    /// The bytes of `text`, which must be exactly `count` of them.
    public static func decode(_ text: some StringProtocol, count: Int) throws(WireError) -> [UInt8] {
        let bytes = try decode(text)
        guard bytes.count == count else {
            throw WireError(.invalidValue, "expected \(count) bytes of hexadecimal, found \(bytes.count)")
        }
        return bytes
    }
}
