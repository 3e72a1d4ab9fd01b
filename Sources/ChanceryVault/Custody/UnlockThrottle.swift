/// Makes each wrong secret cost more time than the one before: 1, 2, 4 … seconds, at most 15 minutes.
///
/// An attempt counts as wrong until it is known to be right, so a process that is killed while it tries gains nothing:
/// store ``bytes`` after ``begin(at:)`` and before trying. Time is monotonic, in milliseconds; it starts anew with the
/// machine, so a decoded throttle waits its whole delay again.
public struct UnlockThrottle: Sendable, Equatable {
    public enum Step: Sendable, Equatable {
        /// Try. Store ``UnlockThrottle/bytes`` first.
        case proceed
        /// Not before so many milliseconds.
        case wait(milliseconds: Int64)
    }

    public static let longestDelay: Int64 = 900_000
    private static let magic = Array("CHUT".utf8)

    /// Attempts since the last right secret, at most 255.
    public private(set) var failures = 0
    /// Wrong attempts of which the vault has no record yet, at most 255: without its identity it signs none.
    public private(set) var unrecorded = 0
    private var last: Int64?

    public init() {}

    /// Milliseconds that must pass after the latest attempt.
    public var delay: Int64 {
        guard failures > 0 else { return 0 }
        return min(Self.longestDelay, 1000 << Int64(min(failures - 1, 20)))
    }

    /// Whether an attempt may start at `now`; if so, it is counted.
    public mutating func begin(at now: Int64) -> Step {
        if failures > 0 {
            guard let last, last <= now else {
                // Decoded, or the clock went back: the delay starts here.
                self.last = now
                return .wait(milliseconds: delay)
            }
            let (passed, overflow) = now.subtractingReportingOverflow(last)
            if !overflow, passed < delay { return .wait(milliseconds: delay - passed) }
        }
        failures = min(failures + 1, 255)
        unrecorded = min(unrecorded + 1, 255)
        last = now
        return .proceed
    }

    /// The attempt was right.
    public mutating func succeed() {
        failures = 0
        last = nil
        unrecorded = max(0, unrecorded - 1)
    }

    /// The attempt said nothing about the secret: the place could not be asked.
    public mutating func withdraw() {
        failures = max(0, failures - 1)
        unrecorded = max(0, unrecorded - 1)
    }

    /// `count` wrong attempts are on record now.
    public mutating func note(recorded count: Int) { unrecorded = max(0, unrecorded - max(0, count)) }

    public var bytes: [UInt8] { Self.magic + [2, UInt8(failures), UInt8(unrecorded)] }

    /// Reads the form of today, and the one before, which had no count of what is unrecorded.
    ///
    /// - Throws: `vault.custody_malformed`. A caller that finds no readable state starts with ``worst``.
    public init(_ bytes: [UInt8]) throws(VaultError) {
        let rest = bytes.dropFirst(Self.magic.count)
        guard bytes.starts(with: Self.magic), (rest.count == 2 && rest.first == 1) || (rest.count == 3 && rest.first == 2)
        else { throw VaultError(.custodyMalformed, "the state of the throttle is damaged") }
        failures = Int(bytes[Self.magic.count + 1])
        unrecorded = rest.count == 3 ? Int(bytes[Self.magic.count + 2]) : 0
    }

    /// The longest delay, for a state that is damaged.
    public static var worst: UnlockThrottle {
        var throttle = UnlockThrottle()
        throttle.failures = 255
        return throttle
    }
}
