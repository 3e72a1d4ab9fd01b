/// Lower-case hexadecimal, the text form of hashes.
public enum Hex {
    /// The lower-case text of `bytes`, two digits each.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        // One call into concrete code: a generic loop across modules costs ten times as much.
        let fast = bytes.withContiguousStorageIfAvailable { buffer in unsafe text(of: buffer) }
        return fast ?? encode(Array(bytes))
    }

    /// Appends the lower-case digits of `bytes` to `output`.
    public static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        for byte in bytes { append(byte, to: &output) }
    }

    /// Appends the two lower-case digits of `byte` to `output`.
    public static func append(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
    }

    private static func text(of bytes: UnsafeBufferPointer<UInt8>) -> String {
        unsafe String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            for index in bytes.indices {
                unsafe text[index * 2] = digit(bytes[index] >> 4)
                unsafe text[index * 2 + 1] = digit(bytes[index] & 15)
            }
            return bytes.count * 2
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The bytes of `text`. Upper-case digits, an odd length and anything else are refused.
    public static func decode(_ text: some StringProtocol) throws(WireError) -> [UInt8] {
        let fast = text.utf8.withContiguousStorageIfAvailable { buffer in
            Result { () throws(WireError) in unsafe try bytes(of: buffer) }
        }
        return try (fast ?? Result { () throws(WireError) in try decode(String(decoding: Array(text.utf8), as: UTF8.self)) })
            .get()
    }

    private static func bytes(of text: UnsafeBufferPointer<UInt8>) throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for offset in text.indices {
            let value: UInt8
            let character = unsafe text[offset]
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
        }
        guard high == nil else {
            throw WireError(.truncated, "odd number of hexadecimal digits", offset: text.count)
        }
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
