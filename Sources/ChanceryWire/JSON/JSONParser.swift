/// Reads I-JSON (RFC 7493) strictly: valid UTF-8, no byte-order mark, distinct member names, no lone surrogates,
/// one value and nothing after it, within limits of size and depth that the caller sets.
///
/// Never traps and never recurses deeper than `limits.depth`. Time is O(n log n) in the size of the input.
public struct JSONParser {
    /// How much a caller is willing to read.
    public struct Limits: Sendable {
        public var bytes: Int
        public var depth: Int
        /// Values of any kind: short ones take many times their text in memory.
        public var values: Int

        public init(bytes: Int = 16 << 20, depth: Int = 64, values: Int = 1 << 20) {
            self.bytes = bytes
            self.depth = depth
            self.values = values
        }

        /// 16 MiB, 64 levels and 2^20 values.
        public static let standard = Limits()
        /// For whole chains: 1 GiB, 80 levels and 2^24 values.
        public static let document = Limits(bytes: 1 << 30, depth: 80, values: 1 << 24)
    }

    private let input: [UInt8]
    private var position = 0
    private var values = 0
    private let limits: Limits

    private init(_ input: [UInt8], limits: Limits) {
        self.input = input
        self.limits = limits
    }

    /// The value that `bytes` hold.
    public static func parse(_ bytes: [UInt8], limits: Limits = .standard) throws(WireError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw WireError(.tooLong, "JSON text of \(bytes.count) bytes exceeds the limit of \(limits.bytes)")
        }
        var parser = JSONParser(bytes, limits: limits)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else {
            throw WireError(.trailingBytes, "bytes after the JSON value", offset: parser.position)
        }
        return value
    }

    /// The value that `text` holds.
    public static func parse(_ text: String, limits: Limits = .standard) throws(WireError) -> JSONValue {
        try parse(Array(text.utf8), limits: limits)
    }

    private var current: UInt8? { position < input.count ? input[position] : nil }

    private mutating func skipSpace() {
        while position < input.count {
            switch input[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func failure(_ reason: WireError.Reason, _ detail: String) -> WireError {
        position < input.count
            ? WireError(reason, detail, offset: position)
            : WireError(.truncated, "JSON text ends too early", offset: position)
    }

    private mutating func value(depth: Int) throws(WireError) -> JSONValue {
        values += 1
        guard values <= limits.values else {
            throw WireError(.tooLong, "JSON text of more than \(limits.values) values", offset: position)
        }
        switch current {
        case 0x7b: return try object(depth: depth + 1)
        case 0x5b: return try array(depth: depth + 1)
        case 0x22: return .string(try string())
        case 0x74:
            try literal("true")
            return .bool(true)
        case 0x66:
            try literal("false")
            return .bool(false)
        case 0x6e:
            try literal("null")
            return .null
        case let byte? where byte == 0x2d || (0x30...0x39).contains(byte): return try number()
        default: throw failure(.invalidCharacter, "a JSON value was expected")
        }
    }

    private mutating func literal(_ word: String) throws(WireError) {
        for byte in word.utf8 {
            guard current == byte else {
                throw failure(.invalidCharacter, "`\(word)` was expected")
            }
            position += 1
        }
    }

    private mutating func object(depth: Int) throws(WireError) -> JSONValue {
        guard depth <= limits.depth else { throw WireError(.tooDeep, "more than \(limits.depth) levels", offset: position) }
        let start = position
        position += 1
        var members: [JSONObject.Member] = []
        skipSpace()
        if current == 0x7d {
            position += 1
            return .object(JSONObject())
        }
        while true {
            skipSpace()
            guard current == 0x22 else { throw failure(.invalidCharacter, "a member name was expected") }
            let name = try string()
            skipSpace()
            guard current == 0x3a else { throw failure(.invalidCharacter, "`:` was expected") }
            position += 1
            skipSpace()
            members.append(.init(name: name, value: try value(depth: depth)))
            skipSpace()
            switch current {
            case 0x2c: position += 1
            case 0x7d:
                position += 1
                if let index = JSONObject.firstDuplicate(in: members) {
                    throw WireError(.duplicateKey, "member `\(members[index].name)` appears twice in the object", offset: start)
                }
                return .object(JSONObject(distinct: members))
            default: throw failure(.invalidCharacter, "`,` or `}` was expected")
            }
        }
    }

    private mutating func array(depth: Int) throws(WireError) -> JSONValue {
        guard depth <= limits.depth else { throw WireError(.tooDeep, "more than \(limits.depth) levels", offset: position) }
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if current == 0x5d {
            position += 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth))
            skipSpace()
            switch current {
            case 0x2c: position += 1
            case 0x5d:
                position += 1
                return .array(elements)
            default: throw failure(.invalidCharacter, "`,` or `]` was expected")
            }
        }
    }

    // MARK: strings

    private mutating func string() throws(WireError) -> String {
        position += 1
        let start = position
        var ascii = true
        while position < input.count {
            let byte = input[position]
            if byte == 0x22 {
                let bytes = input[start..<position]
                position += 1
                if ascii { return String(decoding: bytes, as: UTF8.self) }
                return try validated(bytes, at: start)
            }
            if byte == 0x5c { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure(.invalidCharacter, "control character in a string") }
            ascii = ascii && byte < 0x80
            position += 1
        }
        throw failure(.truncated, "string is not closed")
    }

    private mutating func escapedString(from start: Int) throws(WireError) -> String {
        var bytes = Array(input[start..<position])
        while position < input.count {
            let byte = input[position]
            switch byte {
            case 0x22:
                position += 1
                return try validated(bytes[...], at: start)
            case 0x5c: try escape(into: &bytes)
            case 0..<0x20: throw failure(.invalidCharacter, "control character in a string")
            default:
                bytes.append(byte)
                position += 1
            }
        }
        throw failure(.truncated, "string is not closed")
    }

    private func validated(_ bytes: ArraySlice<UInt8>, at start: Int) throws(WireError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WireError(.invalidUTF8, "string is not valid UTF-8", offset: start)
        }
        return text
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(WireError) {
        position += 1
        let simple: UInt8
        switch current {
        case 0x22: simple = 0x22
        case 0x5c: simple = 0x5c
        case 0x2f: simple = 0x2f
        case 0x62: simple = 0x08
        case 0x66: simple = 0x0c
        case 0x6e: simple = 0x0a
        case 0x72: simple = 0x0d
        case 0x74: simple = 0x09
        case 0x75:
            position += 1
            return try unicodeEscape(into: &bytes)
        default: throw failure(.invalidEscape, "unknown escape")
        }
        bytes.append(simple)
        position += 1
    }

    private mutating func unicodeEscape(into bytes: inout [UInt8]) throws(WireError) {
        let start = position - 2
        let first = try hexUnit()
        let code: UInt32
        switch first {
        case 0xd800..<0xdc00:
            let pair = input[position...].prefix(2)
            guard pair.elementsEqual([0x5c, 0x75]) else {
                if position + pair.count == input.count, [0x5c, 0x75].starts(with: pair) {
                    throw WireError(.truncated, "JSON text ends inside a surrogate pair", offset: input.count)
                }
                throw WireError(.loneSurrogate, "high surrogate without its pair", offset: start)
            }
            position += 2
            let second = try hexUnit()
            guard (0xdc00..<0xe000).contains(second) else {
                throw WireError(.loneSurrogate, "high surrogate without its pair", offset: start)
            }
            code = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        case 0xdc00..<0xe000: throw WireError(.loneSurrogate, "low surrogate without its pair", offset: start)
        default: code = first
        }
        guard let scalar = Unicode.Scalar(code) else { throw WireError(.invalidEscape, "not a code point", offset: start) }
        bytes.append(contentsOf: UTF8.encode(scalar)!)
    }

    private mutating func hexUnit() throws(WireError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current else { throw failure(.truncated, "escape is cut short") }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw failure(.invalidEscape, "four hexadecimal digits were expected")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    // MARK: numbers

    private mutating func number() throws(WireError) -> JSONValue {
        let start = position
        let negative = current == 0x2d
        if negative { position += 1 }
        let firstDigit = position
        guard let lead = current, (0x30...0x39).contains(lead) else {
            throw failure(.invalidNumber, "a digit was expected")
        }
        skipDigits()
        guard lead != 0x30 || position == firstDigit + 1 else {
            throw WireError(.invalidNumber, "number starts with a zero", offset: start)
        }
        var integral = true
        if current == 0x2e {
            integral = false
            position += 1
            try requireDigits()
        }
        if current == 0x65 || current == 0x45 {
            integral = false
            position += 1
            if current == 0x2b || current == 0x2d { position += 1 }
            try requireDigits()
        }
        let text = String(decoding: input[start..<position], as: UTF8.self)
        if integral {
            if let value = Int64(text) { return .integer(value) }
            return .bigInteger(text)
        }
        guard let value = Double(text), value.isFinite else {
            throw WireError(.numberOutOfRange, "number `\(text.prefix(40))` is beyond a double", offset: start)
        }
        return .double(value)
    }

    private mutating func skipDigits() {
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
    }

    private mutating func requireDigits() throws(WireError) {
        guard let byte = current, (0x30...0x39).contains(byte) else { throw failure(.invalidNumber, "a digit was expected") }
        skipDigits()
    }
}
