/// What people call an artifact. Never an id: names and ids are separate types and do not overlap.
///
/// 1 to 200 bytes of ASCII letters, digits, spaces and `. _ - + @ :`. The first is a letter, a digit, `_` or `@`, the last
/// is no space, and it does not start with `urn:` in any case. Names are equal when their bytes are.
public struct ArtifactName: Sendable, Hashable, CustomStringConvertible {
    public static let maximumBytes = 200
    public let text: String
    public var description: String { text }

    public init(_ text: String) throws(VaultError) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= Self.maximumBytes else {
            throw VaultError(.invalidName, "a name has 1 to \(Self.maximumBytes) bytes, found \(bytes.count)")
        }
        guard bytes.allSatisfy({ isLetterOrDigit($0) || " ._-+@:".utf8.contains($0) }) else {
            throw VaultError(.invalidName, "a name holds letters, digits, spaces and `. _ - + @ :` only")
        }
        guard isLetterOrDigit(first) || first == UInt8(ascii: "_") || first == UInt8(ascii: "@"), bytes.last != 0x20 else {
            throw VaultError(.invalidName, "a name starts with a letter, a digit, `_` or `@` and ends without a space")
        }
        guard bytes.prefix(4).map(lowerCase) != Array("urn:".utf8) else {
            throw VaultError(.invalidName, "a name does not start like an id")
        }
        self.text = text
    }
}

func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: false
    }
}

/// ASCII only.
func lowerCase(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte + 0x20 : byte }
