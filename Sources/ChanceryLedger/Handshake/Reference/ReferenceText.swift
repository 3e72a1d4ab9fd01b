internal import ChancerySuite
package import ChanceryWire

/// The text that Python's `str` gives for a JSON value: what the reference hashes in session payloads. For reading old
/// records only; our own form is ``PayloadPrivacy/portableText(_:)``.
package enum ReferenceText {
    package static func of(_ value: JSONValue) throws(WireError) -> String {
        if let text = value.string { return text }
        return try representation(value)
    }

    /// The reference's payload rule with its text form.
    package static func disclose(_ payload: JSONObject) throws(LedgerError) -> JSONObject {
        try PayloadPrivacy.disclose(payload, isShown: { _ in false }) { (value) throws(WireError) in Array(try of(value).utf8) }
    }

    private static func representation(_ value: JSONValue) throws(WireError) -> String {
        switch value {
        case .null: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .integer, .bigInteger, .double: return String(decoding: try CanonicalForm.aiss1.encode(value), as: UTF8.self)
        case .string(let text): return quoted(text)
        case .array(let elements):
            var parts: [String] = []
            for element in elements { parts.append(try representation(element)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .object(let object):
            var parts: [String] = []
            for member in object.members { parts.append(quoted(member.name) + ": " + (try representation(member.value))) }
            return "{" + parts.joined(separator: ", ") + "}"
        }
    }

    /// Single quotes, unless the text holds them and no double ones; unprintable code points escaped.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView([quote])
        for scalar in scalars {
            switch scalar {
            case "\\", quote: result += ["\\", scalar]
            case "\n": result += ["\\", "n"]
            case "\r": result += ["\\", "r"]
            case "\t": result += ["\\", "t"]
            case _ where isPrintable(scalar): result.append(scalar)
            default: result += escaped(scalar.value).unicodeScalars
            }
        }
        result.append(quote)
        return String(result)
    }

    private static func escaped(_ code: UInt32) -> String {
        let (letter, digits) = code < 0x100 ? ("x", 2) : code < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + Hex.encode(BigEndian.bytes(code)).suffix(digits)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
