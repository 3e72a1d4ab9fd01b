/// Base58 with the Bitcoin alphabet and no checksum: AISS agent ids and AISS-2.0 signatures.
///
/// Cost grows with the square of the length, so decoding takes at most ``maximumCharacters``.
public enum Base58 {
    /// Longest text that is decoded: an ML-DSA-87 signature fits.
    public static let maximumCharacters = 8192

    private static let symbols = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, symbol) in symbols.enumerated() { values[Int(symbol)] = UInt8(value) }
        return values
    }()

    /// The text of `bytes`; each leading zero byte becomes a leading `1`.
    public static func encode(_ bytes: [UInt8]) -> String {
        let zeros = bytes.prefix { $0 == 0 }.count
        var digits: [UInt8] = []
        for byte in bytes.dropFirst(zeros) {
            var carry = Int(byte)
            for index in digits.indices {
                carry += Int(digits[index]) << 8
                digits[index] = UInt8(carry % 58)
                carry /= 58
            }
            while carry > 0 {
                digits.append(UInt8(carry % 58))
                carry /= 58
            }
        }
        let text = [UInt8](repeating: symbols[0], count: zeros) + digits.reversed().map { symbols[Int($0)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of `text`.
    public static func decode(_ text: some StringProtocol) throws(WireError) -> [UInt8] {
        let characters = Array(text.utf8)
        guard characters.count <= maximumCharacters else {
            throw WireError(.tooLong, "base58 text has more than \(maximumCharacters) characters")
        }
        let zeros = characters.prefix { $0 == symbols[0] }.count
        var bytes: [UInt8] = []
        for (offset, character) in characters.enumerated().dropFirst(zeros) {
            let value = values[Int(character)]
            guard value != 0xff else { throw WireError(.invalidCharacter, "not a base58 character", offset: offset) }
            var carry = Int(value)
            for index in bytes.indices {
                carry += Int(bytes[index]) * 58
                bytes[index] = UInt8(carry & 255)
                carry >>= 8
            }
            while carry > 0 {
                bytes.append(UInt8(carry & 255))
                carry >>= 8
            }
        }
        return [UInt8](repeating: 0, count: zeros) + bytes.reversed()
    }
}
