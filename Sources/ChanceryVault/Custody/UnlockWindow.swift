/// How long a vault stays unlocked, on a monotonic clock in milliseconds. Nothing but a new unlock makes it longer.
public struct UnlockWindow: Sendable, Equatable {
    public static let standardSeconds: Int64 = 3600
    public static let longestSeconds: Int64 = 7 * 86_400

    private let start: Int64
    private let milliseconds: Int64

    /// - Throws: `vault.custody_malformed` for a time to live outside 1…604,800 seconds.
    public init(seconds: Int64 = standardSeconds, at now: Int64) throws(VaultError) {
        guard (1...Self.longestSeconds).contains(seconds) else {
            throw VaultError(.custodyMalformed, "a vault stays unlocked for 1 to \(Self.longestSeconds) seconds")
        }
        start = now
        milliseconds = seconds * 1000
    }

    /// Milliseconds that are left; 0 when the time is over, or the clock is one of another boot.
    public func remaining(at now: Int64) -> Int64 {
        let (passed, overflow) = now.subtractingReportingOverflow(start)
        guard !overflow, passed >= 0 else { return 0 }
        return max(0, milliseconds - passed)
    }

    public func isOpen(at now: Int64) -> Bool { remaining(at: now) > 0 }
}
