public import ChanceryWire

/// A moment in a record of the package: RFC 3339 with `T`, an offset and up to nine decimals, as Python's
/// `isoformat` writes it. Everything else is refused: the package takes a time that it cannot read for one that never comes.
public struct ReferenceTime: Sendable, Hashable, Comparable {
    /// Nanoseconds within the second that ``seconds`` counts.
    private let nanoseconds: Int64
    /// Seconds since 1970-01-01T00:00:00Z.
    private let seconds: Int64

    /// A time of our own records.
    public init(_ time: UTCTime) {
        seconds = time.milliseconds / 1000
        nanoseconds = time.milliseconds % 1000 * 1_000_000
    }

    /// - Throws: `wire.invalid_value` for a text without `T` or offset, a date that does not exist, a leap second, or a
    ///   year before 1970.
    public init(_ text: String) throws(WireError) {
        let bytes = Array(text.utf8)
        // The calendar of our own records judges the part up to the seconds.
        guard bytes.count >= 20 else { throw Self.malformed(text) }
        let date = try UTCTime(String(decoding: bytes[..<19], as: UTF8.self) + ".000Z")
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == 0x2e {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count) else { throw Self.malformed(text) }
            fraction = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
            for _ in digits.count..<9 { fraction *= 10 }
            rest = rest.dropFirst(1 + digits.count)
        }
        seconds = date.seconds - (try Self.offset(rest, in: text))
        nanoseconds = fraction
    }

    /// Seconds east of UTC that `Z` or `±hh:mm` stands for.
    private static func offset(_ text: ArraySlice<UInt8>, in whole: String) throws(WireError) -> Int64 {
        if text.elementsEqual("Z".utf8) { return 0 }
        let bytes = Array(text)
        guard bytes.count == 6, bytes[0] == 0x2b || bytes[0] == 0x2d, bytes[3] == 0x3a else { throw malformed(whole) }
        let digits = [bytes[1], bytes[2], bytes[4], bytes[5]]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw malformed(whole) }
        let (hours, minutes) = (number(digits[0], digits[1]), number(digits[2], digits[3]))
        guard hours < 24, minutes < 60 else { throw malformed(whole) }
        return (bytes[0] == 0x2d ? -1 : 1) * (hours * 60 + minutes) * 60
    }

    private static func number(_ tens: UInt8, _ ones: UInt8) -> Int64 { Int64(tens - 0x30) * 10 + Int64(ones - 0x30) }

    private static func malformed(_ text: String) -> WireError {
        WireError(.invalidValue, "`\(text.prefix(40))` is not an RFC 3339 time with T and an offset")
    }

    public static func < (left: ReferenceTime, right: ReferenceTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Whether this moment has passed at `now`; the moment itself still counts.
    public func isPast(at now: UTCTime) -> Bool { self < ReferenceTime(now) }
}

extension UTCTime {
    /// The text that the package writes: Python's `isoformat` in UTC, without a fraction of zero.
    var referenceText: String {
        let head = text.prefix(19)
        let millis = text.dropFirst(20).prefix(3)
        return head + (millis == "000" ? "" : ".\(millis)000") + "+00:00"
    }
}
