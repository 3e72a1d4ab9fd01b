internal import ChancerySuite
internal import ChanceryWire

/// How signatures and keys stand as text in AISS documents. Each byte string has one accepted text.
enum SignatureText {
    /// What AISS-2.1 puts before strict Base64.
    static let prefix = "base64:"

    static func prefixed(_ bytes: [UInt8]) -> String { prefix + Base64.standard.encode(bytes) }

    /// `"base64:"` and strict Base64 of exactly `count` bytes.
    static func decodePrefixed(_ text: String, count: Int) throws(WireError) -> [UInt8] {
        guard text.utf8.starts(with: prefix.utf8) else { throw WireError(.invalidValue, "the text lacks `\(prefix)`") }
        return try exact(Base64.standard.decode(text.dropFirst(prefix.count)), count)
    }

    /// Strict Base64 of exactly `count` bytes.
    static func decodeBase64(_ text: String, count: Int) throws(WireError) -> [UInt8] {
        try exact(Base64.standard.decode(text), count)
    }

    /// Base58 of exactly `count` bytes.
    static func decodeBase58(_ text: String, count: Int) throws(WireError) -> [UInt8] {
        guard text.utf8.count <= count * 2 else { throw WireError(.tooLong, "the Base58 text is longer than its value") }
        return try exact(Base58.decode(text), count)
    }

    private static func exact(_ bytes: [UInt8], _ count: Int) throws(WireError) -> [UInt8] {
        guard bytes.count == count else { throw WireError(.invalidValue, "expected \(count) bytes, found \(bytes.count)") }
        return bytes
    }

    /// `{"algorithm","signature"}` as AISS-2.1 writes it.
    static func entry(_ algorithm: SignatureAlgorithm, _ signature: [UInt8]) -> JSONValue {
        ["algorithm": .string(algorithm.rawValue), "signature": .string(prefixed(signature))]
    }

    /// Reads `{"algorithm","signature"}` and nothing else.
    static func decodeEntry(
        _ value: JSONValue?, _ algorithm: SignatureAlgorithm, _ what: String,
        decode: (String, Int) throws(WireError) -> [UInt8] = { (text, count) throws(WireError) in
            try decodePrefixed(text, count: count)
        }
    ) throws(WireError) -> [UInt8] {
        guard let value else { throw WireError(.missingMember, "the \(what) signature is missing") }
        var reader = try RecordReader(value, "\(what) signature")
        guard try reader.string("algorithm", limit: 64).utf8.elementsEqual(algorithm.rawValue.utf8) else {
            throw WireError(.invalidValue, "the \(what) signature must be \(algorithm.rawValue)")
        }
        let signature = try decode(reader.string("signature", limit: 8192), algorithm.signatureBytes)
        try reader.finish()
        return signature
    }
}
