import ChanceryWire

/// The hash function, given by whoever owns the crypto library.
public protocol HashProvider: Sendable {
    /// SHA-256 (FIPS 180-4): 32 bytes.
    func sha256(_ bytes: [UInt8]) -> [UInt8]
}

/// What is hashed here, and how: SHA-256 over label ‖ 00 ‖ portable text, as lower-case hexadecimal.
enum HashedText: String {
    case tool = "chancery/mcp-tool/v1"
    case arguments = "chancery/mcp-arguments/v1"
    case result = "chancery/mcp-result/v1"

    func hex(of bytes: [UInt8], with digest: any HashProvider) -> String {
        Hex.encode(digest.sha256(Array(rawValue.utf8) + [0] + bytes))
    }

    /// Nil only for a number that no parser gives.
    func hex(of value: JSONValue, with digest: any HashProvider) -> String? {
        MessageText.bytes(value).map { hex(of: $0, with: digest) }
    }
}
