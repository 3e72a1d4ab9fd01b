public import ChanceryWire

/// The parameters of one request, read strictly: each at most once, each known, each within its limits.
///
/// Every refusal is `api.invalid_parameter` and names the parameter.
public struct RequestParameters: Sendable {
    private let values: [String: String]

    /// Longest value in bytes.
    public static let maximumBytes = 1024

    /// - Parameters:
    ///   - path: what ``PathTemplate/match(_:)`` gave.
    ///   - query: the text after the question mark, if there is one.
    ///   - names: the names that the query may have.
    public init(path: [String: Substring], query: Substring?, allowing names: [String]) throws(APIError) {
        var values: [String: String] = [:]
        for (name, text) in path { values[name] = try Self.decode(text, name, plus: false) }
        for pair in query?.split(separator: "&", omittingEmptySubsequences: false) ?? [] {
            if query?.isEmpty == true { break }
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(parts[0], "query", plus: true)
            guard names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                throw APIError(.invalidParameter, "there is no parameter `\(name.prefix(64))`")
            }
            guard parts.count == 2 else { throw APIError(.invalidParameter, "the parameter `\(name)` has no value") }
            guard values[name] == nil else { throw APIError(.invalidParameter, "the parameter `\(name)` stands twice") }
            values[name] = try Self.decode(parts[1], name, plus: true)
        }
        self.values = values
    }

    /// A text of 1 to `limit` characters without control characters; nil when it is absent.
    public func text(_ name: String, limit: Int = 256) throws(APIError) -> String? {
        guard let value = values[name] else { return nil }
        guard (1...limit).contains(value.unicodeScalars.count), !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw APIError(.invalidParameter, "`\(name)` is a text of 1 to \(limit) characters without control characters")
        }
        return value
    }

    /// A decimal number without sign or leading zeros; nil when it is absent.
    public func integer(_ name: String, in range: ClosedRange<Int64>) throws(APIError) -> Int64? {
        guard let value = values[name] else { return nil }
        let isPlain = value.utf8.allSatisfy { (0x30...0x39).contains($0) } && (value == "0" || value.utf8.first != 0x30)
        guard isPlain, let number = Int64(value), range.contains(number) else {
            throw APIError(.invalidParameter, "`\(name)` is an integer in \(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    /// One of `values`; nil when it is absent.
    public func choice(_ name: String, of values: [String]) throws(APIError) -> String? {
        guard let value = self.values[name] else { return nil }
        guard let found = values.first(where: { $0.utf8.elementsEqual(value.utf8) }) else {
            throw APIError(.invalidParameter, "`\(name)` is one of \(values.joined(separator: ", "))")
        }
        return found
    }

    /// RFC 3339 in UTC with milliseconds; nil when it is absent.
    public func time(_ name: String) throws(APIError) -> UTCTime? {
        guard let value = values[name] else { return nil }
        do {
            return try UTCTime(value)
        } catch {
            throw APIError(.invalidParameter, "`\(name)` is a time such as 2026-11-21T10:40:00.000Z")
        }
    }

    /// Lower-case hexadecimal of one of `counts` bytes; nil when it is absent.
    public func hex(_ name: String, counts: [Int]) throws(APIError) -> [UInt8]? {
        guard let value = values[name] else { return nil }
        guard let bytes = try? Hex.decode(value), counts.contains(bytes.count) else {
            let texts = counts.map(String.init).joined(separator: " or ")
            throw APIError(.invalidParameter, "`\(name)` is lower-case hexadecimal of \(texts) bytes")
        }
        return bytes
    }

    /// A value that the route cannot do without.
    public static func require<Value>(_ value: Value?, _ name: String) throws(APIError) -> Value {
        guard let value else { throw APIError(.invalidParameter, "`\(name)` is missing") }
        return value
    }

    private static func decode(_ text: Substring, _ name: String, plus: Bool) throws(APIError) -> String {
        guard text.utf8.count <= maximumBytes * 3 else {
            throw APIError(.invalidParameter, "`\(name)` has more than \(maximumBytes) bytes")
        }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x25:
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw APIError(.invalidParameter, "`\(name)` has a cut percent escape")
                }
                bytes.append(high << 4 | low)
            case 0x2b where plus: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        guard bytes.count <= maximumBytes, let value = String(validating: bytes, as: UTF8.self) else {
            throw APIError(.invalidParameter, "`\(name)` is not UTF-8 text of at most \(maximumBytes) bytes")
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
