/// The name of a place of custody, or of a secret in one: 1 to 64 of `a…z 0…9 . _ - /`.
public struct CustodyLabel: Sendable, Hashable, CustomStringConvertible {
    public static let maximumBytes = 64
    public let text: String
    public var description: String { text }

    /// - Throws: `vault.custody_malformed` for another text.
    public init(_ text: String) throws(VaultError) {
        let isLabel =
            (1...Self.maximumBytes).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x61...0x7a, 0x30...0x39, 0x2d...0x2f, 0x5f: true
                default: false
                }
            }
        guard isLabel else { throw VaultError(.custodyMalformed, "`\(text.prefix(80))` is no label of custody") }
        self.text = text
    }

    /// For labels of the program.
    package init(trusted text: StaticString) { self.text = "\(text)" }
}
