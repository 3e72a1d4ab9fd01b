/// Turns a JSON value into the one byte string that is hashed and signed.
public enum CanonicalForm: Sendable {
    /// RFC 8785 (JCS): members by UTF-16 code unit, ECMAScript numbers, integers within ±(2^53−1).
    case jcs
    /// AISS-1.0 and AISS-2.0: members by code point, integers in full, doubles as Python prints them.
    case aiss1

    /// The largest integer that every JSON reader keeps exactly (RFC 7493 §2.2).
    public static let largestSafeInteger: Int64 = (1 << 53) - 1

    /// The canonical bytes of `value`.
    ///
    /// - Throws: ``WireError`` `wire.number_out_of_range` for a number that the form does not represent.
    public func encode(_ value: JSONValue) throws(WireError) -> [UInt8] {
        var output = CanonicalWriter(capacity: 1024)
        try write(value, into: &output)
        return output.bytes
    }

    /// The canonical bytes of `object`.
    public func encode(_ object: JSONObject) throws(WireError) -> [UInt8] {
        try encode(.object(object))
    }

    private func write(_ value: JSONValue, into output: inout CanonicalWriter) throws(WireError) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let flag): output.append(contentsOf: flag ? "true".utf8 : "false".utf8)
        case .integer(let number):
            if self == .jcs, number.magnitude > UInt64(Self.largestSafeInteger) {
                throw WireError(.numberOutOfRange, "integer `\(number)` is outside ±(2^53−1)")
            }
            output.append(contentsOf: String(number).utf8)
        case .bigInteger(let digits):
            guard self == .aiss1 else {
                throw WireError(.numberOutOfRange, "integer `\(digits.prefix(40))` is outside ±(2^53−1)")
            }
            output.append(contentsOf: digits.utf8)
        case .double(let number):
            guard number.isFinite else { throw WireError(.numberOutOfRange, "number is not finite") }
            let decimal = ShortestDecimal(number)
            output.append(contentsOf: self == .jcs ? decimal.ecmaScript : decimal.python)
        case .string(let text): Self.write(text, into: &output)
        case .array(let elements):
            output.append(0x5b)
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(0x2c) }
                try write(element, into: &output)
            }
            output.append(0x5d)
        case .object(let object):
            output.append(0x7b)
            for (index, member) in ordered(object.members).enumerated() {
                if index > 0 { output.append(0x2c) }
                Self.write(member.name, into: &output)
                output.append(0x3a)
                try write(member.value, into: &output)
            }
            output.append(0x7d)
        }
    }

    private func ordered(_ members: [JSONObject.Member]) -> [JSONObject.Member] {
        // Most objects are in order already: to look is much cheaper than to sort.
        let isOrdered = members.indices.dropFirst().allSatisfy { precedes(members[$0 - 1].name, members[$0].name) }
        return isOrdered ? members : members.sorted { precedes($0.name, $1.name) }
    }

    private func precedes(_ left: String, _ right: String) -> Bool {
        switch self {
        case .aiss1: left.utf8.lexicographicallyPrecedes(right.utf8)
        case .jcs: Self.precedesInUTF16(left, right)
        }
    }

    /// UTF-8 order is code point order; it differs from UTF-16 order only where a surrogate pair is involved.
    private static func precedesInUTF16(_ left: String, _ right: String) -> Bool {
        var first = left.utf8.makeIterator()
        var second = right.utf8.makeIterator()
        while true {
            guard let b = second.next() else { return false }
            guard let a = first.next() else { return true }
            if a != b {
                return a < 0xee && b < 0xee ? a < b : left.utf16.lexicographicallyPrecedes(right.utf16)
            }
        }
    }

    private static func write(_ text: String, into output: inout CanonicalWriter) {
        // Most texts need no escape: they are copied whole.
        let isCopied = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe output.appendQuoted($0) }
        if isCopied != true { escape(text, into: &output) }
    }

    private static func escape(_ text: String, into output: inout CanonicalWriter) {
        output.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22: output.append(contentsOf: [0x5c, 0x22])
            case 0x5c: output.append(contentsOf: [0x5c, 0x5c])
            case 0x08: output.append(contentsOf: [0x5c, 0x62])
            case 0x0c: output.append(contentsOf: [0x5c, 0x66])
            case 0x0a: output.append(contentsOf: [0x5c, 0x6e])
            case 0x0d: output.append(contentsOf: [0x5c, 0x72])
            case 0x09: output.append(contentsOf: [0x5c, 0x74])
            case 0..<0x20: output.append(contentsOf: ("\\u00" + Hex.encode([byte])).utf8)
            default: output.append(byte)
            }
        }
        output.append(0x22)
    }
}
