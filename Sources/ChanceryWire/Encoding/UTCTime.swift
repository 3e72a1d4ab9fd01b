/// A moment with millisecond precision. Our records write it as RFC 3339 in UTC: `2026-11-21T10:40:00.000Z`.
public struct UTCTime: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    public let milliseconds: Int64

    /// The years that the text form can show: 1970 to 9999.
    public static let range: ClosedRange<Int64> = 0...253_402_300_799_999

    /// Clamps into ``range``.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
    }

    public init(seconds: Int64) {
        self.init(milliseconds: min(max(seconds, 0), Self.range.upperBound / 1000) * 1000)
    }

    /// Whole seconds, as AISS events carry them.
    public var seconds: Int64 { milliseconds / 1000 }

    public static func < (left: UTCTime, right: UTCTime) -> Bool { left.milliseconds < right.milliseconds }

    public func advanced(bySeconds seconds: Int64) -> UTCTime {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, carried) = milliseconds.addingReportingOverflow(product)
        return UTCTime(milliseconds: overflow || carried ? (seconds < 0 ? 0 : .max) : sum)
    }

    /// Always 24 characters, three decimals and `Z`.
    public var text: String {
        let (days, inDay) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
        let (year, month, day) = Self.civil(fromDays: days)
        let seconds = inDay / 1000
        return
            "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(seconds / 3600, 2)):\(pad(seconds / 60 % 60, 2)):\(pad(seconds % 60, 2)).\(pad(inDay % 1000, 3))Z"
    }

    /// Reads exactly the form that ``text`` writes.
    public init(_ text: some StringProtocol) throws(WireError) {
        let bytes = Array(text.utf8)
        let shape = Array("dddd-dd-ddTdd:dd:dd.dddZ".utf8)
        guard bytes.count == shape.count else { throw WireError(.invalidValue, "a time has the form 2026-11-21T10:40:00.000Z") }
        for (offset, (byte, expected)) in zip(bytes, shape).enumerated() {
            guard expected == 0x64 ? (0x30...0x39).contains(byte) : byte == expected else {
                throw WireError(.invalidValue, "a time has the form 2026-11-21T10:40:00.000Z", offset: offset)
            }
        }
        func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        let days = Self.days(fromCivil: year, month, day)
        guard year >= 1970, (1...12).contains(month), Self.civil(fromDays: days) == (year, month, day),
            hour < 24, minute < 60, second < 60
        else { throw WireError(.invalidValue, "`\(text)` is not a time of the calendar") }
        self.init(milliseconds: days * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + number(20..<23))
    }

    // Days and dates of the proleptic Gregorian calendar, counted in 400-year eras that start on 1 March.
    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
