public import ChanceryWire

/// The stored form of up to 256 entries: each a big-endian u16 length and that many bytes.
public enum EntryBundle {
    /// The longest entry, in bytes.
    public static let longestEntry = 65_535

    /// The bundle of `entries`.
    ///
    /// - Throws: `ledger.entry_too_long` with the entry's index.
    public static func encode(_ entries: some Sequence<[UInt8]>) throws(LedgerError) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        for entry in entries {
            guard entry.count <= longestEntry else {
                throw LedgerError(
                    .entryTooLong, "an entry has at most \(longestEntry) bytes, found \(entry.count)", index: index)
            }
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 255))
            bytes.append(contentsOf: entry)
            index += 1
        }
        return bytes
    }

    /// The 1…256 entries of a bundle.
    public static func decode(_ bytes: [UInt8]) throws(WireError) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            guard entries.count < TileCoordinate.fullWidth else {
                throw WireError(.trailingBytes, "a bundle holds at most \(TileCoordinate.fullWidth) entries", offset: position)
            }
            guard position + 2 <= bytes.count else {
                throw WireError(.truncated, "the length of an entry is cut", offset: position)
            }
            let end = position + 2 + Int(bytes[position]) << 8 + Int(bytes[position + 1])
            guard end <= bytes.count else { throw WireError(.truncated, "an entry is cut", offset: position) }
            entries.append(Array(bytes[position + 2..<end]))
            position = end
        }
        guard !entries.isEmpty else { throw WireError(.truncated, "a bundle holds at least one entry", offset: 0) }
        return entries
    }
}
