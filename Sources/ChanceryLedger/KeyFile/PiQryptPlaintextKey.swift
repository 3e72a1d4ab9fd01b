public import ChancerySuite
internal import ChanceryWire

/// The reference's unencrypted key file: JSON with `"format":"plaintext"`. It is read and never written.
public enum PiQryptPlaintextKey {
    /// The 32-byte Ed25519 seed.
    ///
    /// - Throws: `ledger.key_file_corrupted` for anything but the four known members.
    public static func read(_ bytes: [UInt8]) throws(LedgerError) -> SecretBytes {
        do {
            var reader = try RecordReader(JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 1)), "key file")
            guard try reader.string("format", limit: 16) == "plaintext" else {
                throw WireError(.invalidValue, "the format is not `plaintext`")
            }
            _ = try reader.string("version", limit: 16)
            _ = try reader.optionalString("warning", limit: 256)
            var seed = try Base64.standard.decode(reader.string("private_key", limit: 64))
            defer { SecretBytes.erase(&seed) }
            try reader.finish()
            guard seed.count == 32 else { throw WireError(.invalidValue, "the private key must have 32 bytes") }
            return SecretBytes(erasing: &seed)
        } catch {
            // The parser's words could quote the input, which is a secret.
            throw .corruptedKeyFile("not a plaintext key file")
        }
    }
}
