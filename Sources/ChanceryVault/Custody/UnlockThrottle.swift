/// Makes each wrong secret cost more time than the one before: 1, 2, 4 … seconds, at most 15 minutes.
///
/// An attempt counts as wrong until it is known to be right, so a process that is killed while it tries gains nothing:
/// store ``bytes`` after ``begin(at:)`` and before trying. Time is monotonic, in milliseconds; it starts anew with the
/// machine, so a throttle that was stored before the machine started waits its whole delay again.
public struct UnlockThrottle: Sendable, Equatable {
    public enum Step: Sendable, Equatable {
        /// Try. Store ``UnlockThrottle/bytes`` first.
        case proceed
        /// Not before so many milliseconds.
        case wait(milliseconds: Int64)
    }

    public static let longestDelay: Int64 = 900_000
    /// Bytes of the name of one run of the machine.
    public static let bootBytes = 16
    private static let magic = Array("CHUT".utf8)
    private static let stampBytes = bootBytes + 8

    /// Attempts since the last right secret, at most 255.
    public private(set) var failures = 0
    /// Wrong attempts of which the vault has no record yet, at most 255: without its identity it signs none.
    public private(set) var unrecorded = 0
    private var last: Int64?
    /// ``last`` before the latest attempt began.
    private var lastBefore: Int64?
    /// Names the run of the machine in which `last` was; empty when nobody knows.
    private let boot: [UInt8]

    /// - Parameter boot: 16 bytes that are others each time the machine starts; without them no time is stored.
    public init(boot: [UInt8] = []) { self.boot = boot.count == Self.bootBytes ? boot : [] }

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
        (lastBefore, last) = (last, now)
        return .proceed
    }

    /// The attempt was right.
    public mutating func succeed() {
        failures = 0
        (lastBefore, last) = (nil, nil)
        unrecorded = max(0, unrecorded - 1)
    }

    /// The attempt said nothing about the secret: the place could not be asked. The wait goes on from the attempt before.
    public mutating func withdraw() {
        failures = max(0, failures - 1)
        last = lastBefore
        unrecorded = max(0, unrecorded - 1)
    }

    /// What is stored is compared: when the attempt before was is not.
    public static func == (one: UnlockThrottle, other: UnlockThrottle) -> Bool {
        one.failures == other.failures && one.unrecorded == other.unrecorded && one.last == other.last
            && one.boot == other.boot
    }

    /// `count` wrong attempts are on record now.
    public mutating func note(recorded count: Int) { unrecorded = max(0, unrecorded - max(0, count)) }

    public var bytes: [UInt8] {
        let none = [UInt8](repeating: 0, count: Self.stampBytes)
        let stamp = last.flatMap { last in boot.isEmpty ? nil : boot + Self.bigEndian(last) } ?? none
        return Self.magic + [3, UInt8(failures), UInt8(unrecorded)] + stamp
    }

    /// Reads the form of today, and those before: the first had no count of what is unrecorded, the second no time.
    ///
    /// - Parameter boot: as in ``init(boot:)``; a time of another run of the machine says nothing.
    /// - Throws: `vault.custody_malformed`. A caller that finds no readable state starts with ``worst(boot:)``.
    public init(_ bytes: [UInt8], boot: [UInt8] = []) throws(VaultError) {
        self.init(boot: boot)
        let rest = Array(bytes.dropFirst(Self.magic.count))
        let counts = [1: 2, 2: 3, 3: 3 + Self.stampBytes]
        guard bytes.starts(with: Self.magic), let version = rest.first.map({ Int($0) }), counts[version] == rest.count else {
            throw VaultError(.custodyMalformed, "the state of the throttle is damaged")
        }
        failures = Int(rest[1])
        unrecorded = version > 1 ? Int(rest[2]) : 0
        let stamp = rest.dropFirst(3)
        guard version == 3, !self.boot.isEmpty, stamp.starts(with: self.boot) else { return }
        last = Int64(bitPattern: stamp.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private static func bigEndian(_ number: Int64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Int64($0)) }
    }

    /// The longest delay, for a state that is damaged.
    public static func worst(boot: [UInt8] = []) -> UnlockThrottle {
        var throttle = UnlockThrottle(boot: boot)
        throttle.failures = 255
        return throttle
    }
}
