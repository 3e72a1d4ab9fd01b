/// A name that is safe as a file name everywhere: 1…64 of `A–Z a–z 0–9 . _ -`, starting with a letter or digit.
public struct IdentityName: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    /// - Throws: `node.invalid_name`.
    public init(_ text: String) throws(NodeError) {
        let bytes = Array(text.utf8)
        guard (1...64).contains(bytes.count), let first = bytes.first, Self.isAlphanumeric(first),
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d })
        else {
            throw NodeError(
                .invalidName,
                "`\(text.prefix(80))` is not a name: use 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first"
            )
        }
        self.text = text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }
}
