public import ChanceryWire

/// The name of a log or cosigner: the origin line of its checkpoints and the name of its keys.
///
/// 1…255 bytes without Unicode spaces, control characters and `+`: what fits a key name and a cosignature alike. By
/// custom a URL without scheme, such as `audit.example.com/tenant-a`.
public struct NoteName: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// - Throws: `wire.invalid_value` for any other text.
    public init(_ text: some StringProtocol) throws(WireError) {
        guard (1...255).contains(text.utf8.count) else {
            throw WireError(.invalidValue, "the name of a log has 1 to 255 bytes, found \(text.utf8.count)")
        }
        let refused = text.unicodeScalars.contains {
            $0.properties.isWhitespace || $0.properties.generalCategory == .control || $0 == "+"
        }
        guard !refused else {
            throw WireError(.invalidValue, "the name of a log has no spaces, control characters or `+`")
        }
        self.text = String(text)
    }

    var bytes: [UInt8] { Array(text.utf8) }

    // Names compare as bytes, never by Unicode equivalence.
    public static func == (left: NoteName, right: NoteName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
