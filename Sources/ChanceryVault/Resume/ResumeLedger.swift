public import ChancerySuite

/// Which content was about to be sealed under which chunk number of one salt, so that an interrupted put can go on and still
/// never seals two contents under one nonce (rule V2).
///
/// Its file grows only: a header, then 48 bytes for each chunk in order. What ``admit(_:recorded:)`` hands out is appended and
/// synced *before* the ciphertext of these chunks is written. On resumption the content is hashed from its start again: as
/// long as the hashes are those of the file, the same bytes are sealed again; the first other hash demands a new salt.
/// One attempt at a time holds the file. Format: `docs/spec/container.md`.
public struct ResumeLedger: Sendable {
    public static let entryBytes = 48

    public enum Step: Sendable, Equatable {
        /// Append these bytes to the file and sync it; then the chunks may be written.
        case record([UInt8])
        /// All of these chunks were recorded with this content; they may be written again.
        case again
        /// The content changed, or the file was changed while it was in use: throw body and file away, take a new salt.
        case restart
    }

    public let header: ResumeHeader
    /// The whole entries of the file.
    public private(set) var recorded: UInt64
    /// The chunk that comes next.
    public private(set) var position: UInt64 = 0
    private var isBroken = false
    // Set by zeros where an entry should be: nothing but zeros may follow.
    private var isTorn = false

    /// For a new attempt. Write ``ResumeHeader/bytes`` first.
    public init(_ header: ResumeHeader) {
        self.header = header
        recorded = 0
    }

    /// Counts the entries of a file from an earlier attempt: call it with the bytes after the header, in order, cut anywhere
    /// at multiples of 48. What a crash left behind the last whole entry, a part of one or zeros, is no entry and is to be cut
    /// off the file at ``fileLength``.
    ///
    /// - Throws: `vault.resume_invalid` for anything else: take a new salt.
    public mutating func load(_ bytes: [UInt8]) throws(VaultError) {
        precondition(position == 0, "entries are read before chunks are admitted")
        for start in stride(from: 0, to: bytes.count, by: Self.entryBytes) {
            let entry = bytes[start..<min(start + Self.entryBytes, bytes.count)]
            if entry.count == Self.entryBytes, !isTorn, leaf(of: entry, at: recorded) != nil {
                recorded += 1
            } else if entry.allSatisfy({ $0 == 0 }) || (entry.count < Self.entryBytes && !isTorn) {
                isTorn = true
            } else {
                isBroken = true
                throw VaultError(.resumeInvalid, "entry \(recorded) of the interrupted put is damaged")
            }
        }
    }

    /// The bytes of the file up to its last whole entry.
    public var fileLength: UInt64 { UInt64(ResumeHeader.byteCount) + recorded * UInt64(Self.entryBytes) }

    /// Which bytes of the file ``admit(_:recorded:)`` needs for the next `count` chunks; empty when none of them is recorded.
    public func recordedRange(count: Int) -> Range<UInt64> {
        let first = min(position, recorded)
        let end = first + min(UInt64(clamping: count), recorded - first)
        let start = UInt64(ResumeHeader.byteCount)
        return start + first * UInt64(Self.entryBytes)..<start + end * UInt64(Self.entryBytes)
    }

    /// Decides about the next chunks, whose content has the hashes `leaves`. `bytes` is what the file has in
    /// ``recordedRange(count:)``.
    public mutating func admit(_ leaves: [Digest256], recorded bytes: [UInt8] = []) -> Step {
        guard !isBroken, bytes.count == recordedRange(count: leaves.count).count else {
            isBroken = true
            return .restart
        }
        let known = bytes.count / Self.entryBytes
        for (place, leaf) in leaves.prefix(known).enumerated() {
            let entry = bytes[place * Self.entryBytes..<(place + 1) * Self.entryBytes]
            guard self.leaf(of: entry, at: position + UInt64(place)) == leaf else {
                isBroken = true
                return .restart
            }
        }
        position += UInt64(known)
        var added: [UInt8] = []
        for leaf in leaves.dropFirst(known) {
            added += leaf.bytes + check(leaf, at: position)
            position += 1
        }
        recorded = max(recorded, position)
        return added.isEmpty ? .again : .record(added)
    }

    private func leaf(of entry: ArraySlice<UInt8>, at index: UInt64) -> Digest256? {
        guard let leaf = Digest256(entry.prefix(32)), check(leaf, at: index) == Array(entry.suffix(16)) else { return nil }
        return leaf
    }

    /// The first 16 bytes of SHA-256(`chancery/vault-resume-entry/v1` ‖ 00 ‖ the header's check ‖ u64be(index) ‖ leaf).
    private func check(_ leaf: Digest256, at index: UInt64) -> [UInt8] {
        let label = Array("chancery/vault-resume-entry/v1".utf8) + [0]
        return Array(Digest.sha256(label + header.check + index.bigEndianBytes + leaf.bytes).prefix(16))
    }
}
