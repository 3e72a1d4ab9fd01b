/// Text of strangers that a terminal shows and does not obey.
enum SafeText {
    /// `text` with `\u{…}` for each control, format and separator character, bidirectional ones included, and `\\` for each
    /// backslash: two texts that differ stay different.
    static func escaped(_ text: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\\" {
                safe.append(contentsOf: "\\\\".unicodeScalars)
            } else if isObeyed(scalar) {
                safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            } else {
                safe.append(scalar)
            }
        }
        return String(safe)
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        guard !(0x20...0x7e).contains(scalar.value) else { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
