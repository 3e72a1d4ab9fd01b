/// A span of time as people write it: a number with s, m, h or d.
struct TimeSpan {
    /// In seconds.
    let seconds: Int64

    /// - Throws: ``UsageError`` that names the option.
    init(_ text: String, option: String) throws {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), (1...44_640).contains(count)
        else { throw UsageError("\(option) is a number with s, m, h or d, such as 12h") }
        seconds = count * unit
    }
}
