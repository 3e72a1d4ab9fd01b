public import ChanceryWire

/// The windows of all principals, by kind of artifact. Folded from access events, or read back from its encoded form.
///
/// Form: `"CHRB" | 01 | u32 entries`, then, ascending by key, `u8 length, kind | u16 length, principal | u32 count | i64 times`,
/// all most significant byte first.
public struct RateBook: Sendable, Equatable {
    public static let mostEntries = 65_536
    public static let principalBytes = 256
    static let magic = Array("CHRB".utf8) + [1]

    struct Key: Hashable, Comparable {
        let kind: ArtifactKind
        let principal: [UInt8]

        static func < (left: Key, right: Key) -> Bool {
            if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
            return left.principal.lexicographicallyPrecedes(right.principal)
        }
    }

    private var windows: [Key: RateWindow] = [:]

    public init() {}

    /// Uses of artifacts of `kind` by `principal`.
    public func window(_ kind: ArtifactKind, _ principal: String) -> RateWindow {
        windows[Key(kind: kind, principal: Array(principal.utf8))] ?? RateWindow()
    }

    /// Whether another use could be counted: a book that is full of others' uses takes no new principal.
    func hasRoom(_ kind: ArtifactKind, _ principal: String) -> Bool {
        windows.count < Self.mostEntries || windows[Key(kind: kind, principal: Array(principal.utf8))] != nil
    }

    /// Counts a use at `now`. Without room for another principal the oldest windows are dropped that count no more.
    public mutating func record(_ kind: ArtifactKind, _ principal: String, at now: UTCTime) {
        if !hasRoom(kind, principal) { forget(before: now) }
        guard hasRoom(kind, principal) else { return }
        windows[Key(kind: kind, principal: Array(principal.utf8)), default: RateWindow()].record(at: now.milliseconds)
    }

    /// Drops all uses that no limit can ask for any more.
    public mutating func forget(before now: UTCTime) {
        windows = windows.compactMapValues { window in
            var window = window
            window.forget(before: now.milliseconds)
            return window.times.isEmpty ? nil : window
        }
    }
}

extension RateBook {
    public var bytes: [UInt8] {
        var output = Self.magic + Self.fixed(UInt64(windows.count), 4)
        for (key, window) in windows.sorted(by: { $0.key < $1.key }) {
            output.append(UInt8(key.kind.rawValue.utf8.count))
            output += key.kind.rawValue.utf8
            output += Self.fixed(UInt64(key.principal.count), 2) + key.principal
            output += Self.fixed(UInt64(window.times.count), 4)
            for time in window.times { output += Self.fixed(UInt64(bitPattern: time), 8) }
        }
        return output
    }

    /// - Throws: `vault.policy_malformed` for anything but what ``bytes`` wrote.
    public init(_ bytes: [UInt8]) throws(VaultError) {
        var source = bytes[...]
        guard source.starts(with: Self.magic) else { throw Self.damaged }
        source = source.dropFirst(Self.magic.count)
        let count = try Self.number(&source, 4)
        guard count <= Self.mostEntries else { throw Self.damaged }
        var last: Key?
        for _ in 0..<count {
            let name = try Self.take(&source, try Self.number(&source, 1))
            let principal = Array(try Self.take(&source, try Self.number(&source, 2)))
            guard let kind = ArtifactKind.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name) }),
                principal.count <= Self.principalBytes
            else { throw Self.damaged }
            let key = Key(kind: kind, principal: principal)
            if let last, !(last < key) { throw Self.damaged }
            let uses = try Self.number(&source, 4)
            guard (1...RateWindow.capacity).contains(uses), source.count >= uses * 8 else { throw Self.damaged }
            var times: [Int64] = []
            times.reserveCapacity(uses)
            for _ in 0..<uses {
                let time = try Self.take(&source, 8).reduce(0) { $0 << 8 | UInt64($1) }
                times.append(Int64(bitPattern: time))
                guard times.count < 2 || times[times.count - 2] <= times[times.count - 1] else { throw Self.damaged }
            }
            windows[key] = RateWindow(times: times)
            last = key
        }
        guard source.isEmpty else { throw Self.damaged }
    }

    private static let damaged = VaultError(.policyMalformed, "the record of uses is damaged")

    private static func fixed(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64(count - 1 - $0))) }
    }

    private static func number(_ source: inout ArraySlice<UInt8>, _ count: Int) throws(VaultError) -> Int {
        try take(&source, count).reduce(0) { $0 << 8 | Int($1) }
    }

    private static func take(_ source: inout ArraySlice<UInt8>, _ count: Int) throws(VaultError) -> ArraySlice<UInt8> {
        guard source.count >= count else { throw damaged }
        defer { source = source.dropFirst(count) }
        return source.prefix(count)
    }
}
