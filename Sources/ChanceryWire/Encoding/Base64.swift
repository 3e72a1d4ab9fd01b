/// Base64 with one valid text per byte string (RFC 4648 §3.5: unused bits must be zero).
public struct Base64: Sendable {
    /// RFC 4648 §4 with padding: AISS signatures and C2SP notes.
    public static let standard = Base64(alphabet: "+/", padded: true)
    /// RFC 4648 §5 without padding: binary values in our own records.
    public static let url = Base64(alphabet: "-_", padded: false)

    private let symbols: [UInt8]
    private let values: [UInt8]
    private let padded: Bool
    private static let invalid: UInt8 = 0xff

    private init(alphabet tail: String, padded: Bool) {
        symbols = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + Array(tail.utf8)
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for (value, symbol) in symbols.enumerated() { values[Int(symbol)] = UInt8(value) }
        self.values = values
        self.padded = padded
    }

    /// The text of `bytes`.
    public func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let first = bytes[index]
            let second = left > 1 ? bytes[index + 1] : 0
            let third = left > 2 ? bytes[index + 2] : 0
            text.append(symbols[Int(first >> 2)])
            text.append(symbols[Int((first & 3) << 4 | second >> 4)])
            if left > 1 { text.append(symbols[Int((second & 15) << 2 | third >> 6)]) }
            if left > 2 { text.append(symbols[Int(third & 63)]) }
            index += 3
        }
        if padded { while text.count % 4 != 0 { text.append(0x3d) } }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`. Wrong padding, foreign characters and non-zero unused bits are refused.
    public func decode(_ text: some StringProtocol) throws(WireError) -> [UInt8] {
        var symbols = Array(text.utf8)
        if padded {
            guard symbols.count % 4 == 0 else {
                throw WireError(.truncated, "base64 length is not a multiple of four", offset: symbols.count)
            }
            var padding = 0
            while padding < 2, symbols.last == 0x3d {
                symbols.removeLast()
                padding += 1
            }
        }
        guard symbols.count % 4 != 1 else { throw WireError(.truncated, "base64 ends inside a byte", offset: symbols.count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(symbols.count * 3 / 4)
        var accumulator: UInt32 = 0
        var bits = 0
        for (offset, symbol) in symbols.enumerated() {
            let value = values[Int(symbol)]
            guard value != Self.invalid else { throw WireError(.invalidCharacter, "not a base64 character", offset: offset) }
            accumulator = accumulator << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
                accumulator &= (1 << UInt32(bits)) - 1
            }
        }
        guard accumulator == 0 else { throw WireError(.notCanonical, "base64 carries unused bits", offset: symbols.count) }
        return bytes
    }
}
