internal import ChanceryCustodian
internal import ChancerySuite
internal import Foundation

/// A log in one file, chained by hash: `u32 length | bytes | SHA-256(hash before | bytes)` for each entry. What a crash left
/// half written at the end was never acknowledged, and is cut off.
///
/// A compacted log begins with `u32 0xffffffff | u64 number | hash | SHA-256 of these`: how many entries there were before, and
/// the hash after them, on which its own entries go on.
struct CustodianLog {
    static let baseBytes = 4 + 8 + 32 + 32

    static let lengthBytes = 4
    static let hashBytes = 32
    /// What stands around an entry.
    static let frameBytes = lengthBytes + hashBytes

    /// Where each entry begins.
    private(set) var places: [Int] = []
    /// How many entries were there before the first of the file.
    private(set) var base: UInt64 = 0
    /// The hash after these.
    private(set) var baseHash = Digest.sha256([])
    /// The hash after all entries.
    private(set) var hash = Digest.sha256([])
    /// How many bytes of the file hold whole entries.
    private(set) var length = 0
    /// Whether the entries that the mark tells of are there; without a mark none may be.
    private(set) var holdsMark = true

    var count: UInt64 { base + UInt64(places.count) }

    /// Reads a file entry by entry, however long it is; none is an empty log.
    init(at path: String, mark: CustodianMark?) throws {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw AtomicFile.failure("open", path) }
            holdsMark = mark.map { $0.isAt(0, hash) } ?? true
            return
        }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= 0 else { throw AtomicFile.failure("read", path) }
        if size >= Self.baseBytes, let known = try Self.base(of: Self.read(Self.baseBytes, from: descriptor, at: 0)) {
            (base, baseHash, hash, length) = (known.count, known.hash, known.hash, Self.baseBytes)
        }
        var isMarked = mark?.isAt(base, hash) ?? false
        while size - length >= Self.frameBytes {
            let count = try Self.read(Self.lengthBytes, from: descriptor, at: length).reduce(0) { $0 << 8 | Int($1) }
            guard count <= CustodianLine.mostBytes, size - length - Self.frameBytes >= count else { break }
            let line = try Self.read(count + Self.hashBytes, from: descriptor, at: length + Self.lengthBytes)
            let next = Self.hash(after: hash, line[..<count])
            guard line[count...].elementsEqual(next) else { break }
            places.append(length)
            hash = next
            length += Self.frameBytes + count
            if let mark, mark.isAt(self.count, next) { isMarked = true }
        }
        holdsMark = mark == nil ? count == 0 : isMarked
    }

    /// - Throws: `custodian.log_broken` where the file ends before.
    static func read(_ count: Int, from descriptor: Int32, at offset: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var read = 0
        while read < count {
            let part = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress! + read, buffer.count - read, off_t(offset + read))
            }
            if part < 0, errno == EINTR { continue }
            guard part >= 0 else { throw AtomicFile.failure("read", "custodian.log") }
            guard part > 0 else { throw CustodianError(.logBroken, "the log ends in the middle of an entry") }
            read += part
        }
        return bytes
    }

    private static func base(of bytes: [UInt8]) -> (count: UInt64, hash: [UInt8])? {
        guard bytes.count >= baseBytes, bytes[..<4].allSatisfy({ $0 == 0xff }),
            Digest.sha256(bytes[..<44]) == Array(bytes[44..<baseBytes])
        else { return nil }
        return (bytes[4..<12].reduce(0) { $0 << 8 | UInt64($1) }, Array(bytes[12..<44]))
    }

    /// A whole file that goes on after `count` entries with this `hash`.
    static func encode(after count: UInt64, _ hash: [UInt8], _ entries: [[UInt8]]) -> (bytes: [UInt8], hash: [UInt8]) {
        let head = [0xff, 0xff, 0xff, 0xff] + (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(56 - 8 * $0)) } + hash
        var bytes = head + Digest.sha256(head)
        var last = hash
        for entry in entries {
            last = Self.hash(after: last, entry)
            bytes += encode(entry, hash: last)
        }
        return (bytes, last)
    }

    /// Where entries begin that stand one after another from `start`.
    static func places(of entries: [[UInt8]], from start: Int) -> [Int] {
        var place = start
        return entries.map { entry in
            defer { place += entry.count + frameBytes }
            return place
        }
    }

    static func hash(after previous: [UInt8], _ entry: some Collection<UInt8>) -> [UInt8] {
        Digest.sha256(previous + Array(entry))
    }

    static func encode(_ entry: [UInt8], hash: [UInt8]) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: entry.count >> $0) } + entry + hash
    }
}

/// How long a custodian's log was at least, in a place of its own: two slots of 80 bytes. A mark goes into the one that does not
/// hold the last durable mark, so that a crash leaves one of them whole.
///
/// A slot is `u64 number of entries | hash after them | SHA-256 of these | zeros`; the greater valid one counts.
struct CustodianMark {
    static let slotBytes = 80

    let count: UInt64
    let hash: [UInt8]

    func isAt(_ count: UInt64, _ hash: [UInt8]) -> Bool { self.count == count && self.hash == hash }

    var slot: [UInt8] {
        let body = (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(56 - 8 * $0)) } + hash
        return body + Digest.sha256(body) + [UInt8](repeating: 0, count: Self.slotBytes - body.count - 32)
    }

    /// The greatest valid mark of a file, and its slot; without any the first slot is the one to write.
    static func read(_ bytes: [UInt8]) -> (slot: Int, mark: CustodianMark?) {
        let marks = (0..<2).map { slot -> CustodianMark? in
            let place = slot * slotBytes
            guard bytes.count >= place + slotBytes else { return nil }
            let body = Array(bytes[place..<place + 40])
            guard Digest.sha256(body) == Array(bytes[place + 40..<place + 72]) else { return nil }
            return CustodianMark(count: body[..<8].reduce(0) { $0 << 8 | UInt64($1) }, hash: Array(body[8...]))
        }
        guard let first = marks[0] else { return (1, marks[1]) }
        guard let second = marks[1], second.count > first.count else { return (0, first) }
        return (1, second)
    }
}
