internal import ChanceryWire

/// A time as people write it.
enum UserTime {
    /// - Throws: ``UsageError`` for anything but the form of our records or seconds since 1970.
    static func read(_ text: String) throws -> UTCTime {
        if let seconds = Int64(text) { return UTCTime(seconds: seconds) }
        do {
            return try UTCTime(text)
        } catch {
            throw UsageError("`\(text)` is no time: use 2026-11-21T10:40:00.000Z or seconds since 1970")
        }
    }
}
