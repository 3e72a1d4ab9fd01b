public import ChanceryWire

/// Texts as the reference, a Python program, writes them. For comparison with it only.
public enum PythonText {
    /// `json.dumps(value, sort_keys=True)`: `", "` and `": "` between parts, everything beyond ASCII escaped.
    public static func json(_ value: JSONValue) -> String {
        var output: [UInt8] = []
        write(value, into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// `repr(number)`.
    public static func number(_ number: Double) -> String {
        if number.isNaN { return "nan" }
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        let bytes = try? CanonicalForm.aiss1.encode(.double(number))
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    /// `f"{number:.3f}"`: the exact binary value rounded to three places, ties to even.
    public static func threePlaces(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : (number < 0 ? "-inf" : "inf") }
        let sign = number.sign == .minus ? "-" : ""
        if number == 0 { return sign + "0.000" }
        // Beyond 2^53 there is no fraction.
        guard number.magnitude < 0x1p53 else { return sign + String(UInt128(min(number.magnitude, 0x1p126))) + ".000" }
        let exponent = Int(number.exponent) - 52
        let significand = UInt128(number.significandBitPattern | (number.isNormal ? 1 << 52 : 0)) * 1000
        var thousandths: UInt128
        if exponent >= 0 {
            thousandths = significand << UInt128(exponent)
        } else {
            let shift = -exponent
            guard shift < 100 else { return sign + "0.000" }
            thousandths = significand >> UInt128(shift)
            let rest = significand - thousandths << UInt128(shift)
            let half = UInt128(1) << UInt128(shift - 1)
            if rest > half || (rest == half && thousandths % 2 == 1) { thousandths += 1 }
        }
        let fraction = String(thousandths % 1000)
        return sign + String(thousandths / 1000) + "." + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction
    }

    private static func write(_ value: JSONValue, into output: inout [UInt8]) {
        switch value {
        case .null: output += "null".utf8
        case .bool(let flag): output += (flag ? "true" : "false").utf8
        case .integer(let number): output += String(number).utf8
        case .bigInteger(let digits): output += digits.utf8
        case .double(let number): output += Self.number(number).utf8
        case .string(let text): write(text, into: &output)
        case .array(let elements):
            output.append(0x5b)
            for (index, element) in elements.enumerated() {
                if index > 0 { output += ", ".utf8 }
                write(element, into: &output)
            }
            output.append(0x5d)
        case .object(let object):
            output.append(0x7b)
            let members = object.members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for (index, member) in members.enumerated() {
                if index > 0 { output += ", ".utf8 }
                write(member.name, into: &output)
                output += ": ".utf8
                write(member.value, into: &output)
            }
            output.append(0x7d)
        }
    }

    private static func write(_ text: String, into output: inout [UInt8]) {
        output.append(0x22)
        for unit in text.utf16 {
            switch unit {
            case 0x22: output += "\\\"".utf8
            case 0x5c: output += "\\\\".utf8
            case 0x08: output += "\\b".utf8
            case 0x0c: output += "\\f".utf8
            case 0x0a: output += "\\n".utf8
            case 0x0d: output += "\\r".utf8
            case 0x09: output += "\\t".utf8
            case 0x20...0x7e: output.append(UInt8(unit))
            default: output += ("\\u" + Hex.encode([UInt8(unit >> 8), UInt8(unit & 0xff)])).utf8
            }
        }
        output.append(0x22)
    }
}
