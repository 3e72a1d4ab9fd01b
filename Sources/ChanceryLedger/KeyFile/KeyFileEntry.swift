public import ChancerySuite

/// One named secret of a ``KeyFile``.
public final class KeyFileEntry: Sendable {
    public static let maximumLabelBytes = 64
    public static let maximumSecretBytes = 65_536

    /// What the secret is for, such as `record/ed25519+ml-dsa-65`: 1 to 64 of `a…z 0…9 . _ + - /`.
    public let label: String
    public let secret: SecretBytes

    /// - Throws: `ledger.invalid_key_file_content` for another label or a secret beyond ``maximumSecretBytes``.
    public init(_ label: String, _ secret: consuming SecretBytes) throws(LedgerError) {
        guard Self.isLabel(label.utf8) else {
            throw LedgerError(.invalidKeyFileContent, "`\(label.prefix(80))` is not a label of a key file entry")
        }
        guard secret.count <= Self.maximumSecretBytes else {
            throw LedgerError(.invalidKeyFileContent, "a secret has at most \(Self.maximumSecretBytes) bytes")
        }
        self.label = label
        self.secret = consume secret
    }

    static func isLabel(_ bytes: some Collection<UInt8>) -> Bool {
        (1...maximumLabelBytes).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x61...0x7a, 0x30...0x39, 0x2b, 0x2d...0x2f, 0x5f: true
                default: false
                }
            }
    }
}

/// The plaintext inside a key file: `u16be count`, then for each entry in strictly ascending order of labels
/// `u8 length | label | u32be length | secret`, and nothing after.
enum KeyFileBody {
    static let maximumEntries = 64

    /// The caller erases the result.
    static func encode(_ entries: [KeyFileEntry]) -> [UInt8] {
        var body: [UInt8] = []
        // Once and exactly: a growing array would leave unerased copies behind.
        body.reserveCapacity(entries.reduce(2) { $0 + 5 + $1.label.utf8.count + $1.secret.count })
        body += [UInt8(entries.count >> 8), UInt8(entries.count & 255)]
        for entry in entries {
            body.append(UInt8(entry.label.utf8.count))
            body += entry.label.utf8
            body += BigEndian.bytes(UInt32(entry.secret.count))
            unsafe entry.secret.withBytes { bytes in unsafe body.append(contentsOf: bytes) }
        }
        return body
    }

    static func decode(_ body: borrowing [UInt8]) throws(LedgerError) -> [KeyFileEntry] {
        guard body.count >= 2 else { throw .corruptedKeyFile("the list of entries is cut") }
        let count = Int(body[0]) << 8 | Int(body[1])
        guard (1...maximumEntries).contains(count) else { throw .corruptedKeyFile("\(count) entries are not accepted") }
        var entries: [KeyFileEntry] = []
        var offset = 2
        for index in 0..<count {
            guard offset < body.count else { throw cut(index) }
            let labelEnd = offset + 1 + Int(body[offset])
            guard labelEnd + 4 <= body.count else { throw cut(index) }
            let label = Array(body[offset + 1..<labelEnd])
            let length = (0..<4).reduce(0) { $0 << 8 | Int(body[labelEnd + $1]) }
            let end = labelEnd + 4 + length
            guard (1...KeyFileEntry.maximumSecretBytes).contains(length), end <= body.count else { throw cut(index) }
            if let previous = entries.last, !previous.label.utf8.lexicographicallyPrecedes(label) {
                throw LedgerError(.keyFileCorrupted, "labels are not in ascending order", index: index)
            }
            guard KeyFileEntry.isLabel(label) else {
                throw LedgerError(.keyFileCorrupted, "a label holds a foreign character", index: index)
            }
            var secret = Array(body[labelEnd + 4..<end])
            entries.append(try KeyFileEntry(String(decoding: label, as: UTF8.self), SecretBytes(erasing: &secret)))
            offset = end
        }
        guard offset == body.count else { throw .corruptedKeyFile("bytes follow the last entry") }
        return entries
    }

    private static func cut(_ index: Int) -> LedgerError {
        LedgerError(.keyFileCorrupted, "an entry is cut", index: index)
    }
}
