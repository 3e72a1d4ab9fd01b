import ChanceryVault
import TestKit
import Testing

/// Wrong secrets cost time, also across restarts, and a killed attempt counts.
struct UnlockThrottleTests {
    @Test func `each wrong secret doubles the wait, up to 15 minutes`() {
        var throttle = UnlockThrottle()
        var now: Int64 = 5
        for attempt in 0..<40 {
            #expect(throttle.begin(at: now) == .proceed, "attempt \(attempt)")
            let delay = min(900_000, Int64(1000) << min(Int64(attempt), 20))
            #expect(throttle.delay == delay)
            #expect(throttle.begin(at: now) == .wait(milliseconds: delay))
            #expect(throttle.begin(at: now + delay - 1) == .wait(milliseconds: 1))
            now += delay
        }
        throttle.succeed()
        #expect(throttle.begin(at: now) == .proceed && throttle.delay == 1000)
    }

    @Test func `asking too early neither counts nor starts the wait anew`() {
        var throttle = UnlockThrottle()
        _ = throttle.begin(at: 0)
        for now in stride(from: Int64(1), to: 1000, by: 100) { _ = throttle.begin(at: now) }
        #expect(throttle.failures == 1 && throttle.begin(at: 1000) == .proceed)
    }

    @Test func `a restart waits the whole delay again`() throws {
        var throttle = UnlockThrottle()
        _ = throttle.begin(at: 0)
        _ = throttle.begin(at: 1000)
        var read = try UnlockThrottle(throttle.bytes)
        #expect(read.failures == 2)
        // The clock of the new boot is another one.
        #expect(read.begin(at: 3) == .wait(milliseconds: 2000))
        #expect(read.begin(at: 2002) == .wait(milliseconds: 1))
        #expect(read.begin(at: 2003) == .proceed)
        #expect(try UnlockThrottle(UnlockThrottle().bytes) == UnlockThrottle())
    }

    @Test func `another process of the same run of the machine waits what is left, and of another run the whole`() throws {
        let (boot, other) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16))
        var throttle = UnlockThrottle(boot: boot)
        _ = throttle.begin(at: 0)
        _ = throttle.begin(at: 1000)
        var same = try UnlockThrottle(throttle.bytes, boot: boot)
        #expect(same == throttle && same.begin(at: 2999) == .wait(milliseconds: 1))
        #expect(same.begin(at: 3000) == .proceed && same.failures == 3)
        for unknown in [other, [], [1]] {
            var read = try UnlockThrottle(throttle.bytes, boot: unknown)
            #expect(read.begin(at: 1_000_000) == .wait(milliseconds: 2000))
        }
        // A time that lies ahead is none.
        var early = try UnlockThrottle(throttle.bytes, boot: boot)
        #expect(early.begin(at: 999) == .wait(milliseconds: 2000))
        // The forms before this one.
        for old in [[1, 2], [2, 2, 1]] as [[UInt8]] {
            var read = try UnlockThrottle(Array("CHUT".utf8) + old, boot: boot)
            #expect(read.failures == 2 && read.begin(at: 1_000_000) == .wait(milliseconds: 2000))
        }
    }

    @Test func `a clock that goes back, or anywhere, never shortens the wait`() {
        var throttle = UnlockThrottle()
        _ = throttle.begin(at: 1_000_000)
        #expect(throttle.begin(at: 0) == .wait(milliseconds: 1000))
        #expect(throttle.begin(at: 999) == .wait(milliseconds: 1))
        _ = throttle.begin(at: .min)
        _ = throttle.begin(at: .max)
        _ = throttle.begin(at: .min)
        #expect(throttle.failures >= 1)
    }

    @Test func `damaged state is refused, and the worst state waits longest`() {
        let bytes = UnlockThrottle().bytes
        for length in 0..<bytes.count {
            #expect(code { _ = try UnlockThrottle(Array(bytes[..<length])) } == "vault.custody_malformed")
        }
        #expect(code { _ = try UnlockThrottle(bytes + [0]) } == "vault.custody_malformed")
        for index in 0..<5 {
            #expect(code { _ = try UnlockThrottle(bytes.flipping(index, 0)) } == "vault.custody_malformed")
        }
        var worst = UnlockThrottle.worst()
        #expect(worst.begin(at: 0) == .wait(milliseconds: 900_000))
    }

    @Test func `what has no record is counted across restarts until it has one`() throws {
        var throttle = UnlockThrottle()
        for now in [0, 10_000, 20_000] { _ = throttle.begin(at: Int64(now)) }
        throttle = try UnlockThrottle(throttle.bytes)
        #expect(throttle.unrecorded == 3)
        _ = throttle.begin(at: 0)
        _ = throttle.begin(at: 100_000)
        throttle.succeed()
        #expect(throttle.failures == 0 && throttle.unrecorded == 3)
        throttle.note(recorded: 2)
        #expect(try UnlockThrottle(throttle.bytes).unrecorded == 1)
        // The form before this one.
        let old = try UnlockThrottle(Array("CHUT".utf8) + [1, 7])
        #expect(old.failures == 7 && old.unrecorded == 0)
    }

    @Test func `an attempt that said nothing about the secret is taken back`() {
        var throttle = UnlockThrottle()
        _ = throttle.begin(at: 0)
        throttle.withdraw()
        #expect(throttle.failures == 0 && throttle.begin(at: 1) == .proceed)
    }

    @Test func `an attempt that said nothing leaves the wait after the one before as it was`() {
        var throttle = UnlockThrottle()
        _ = throttle.begin(at: 0)
        for now in [1000, 1001, 1002] as [Int64] {
            #expect(throttle.begin(at: now) == .proceed, "\(now)")
            throttle.withdraw()
            #expect(throttle.failures == 1 && throttle.delay == 1000)
        }
    }

    @Test func `a vault stays unlocked for its time on the monotonic clock and not longer`() throws {
        let window = try UnlockWindow(seconds: 10, at: 500)
        #expect(window.remaining(at: 500) == 10_000 && window.isOpen(at: 10_499) && !window.isOpen(at: 10_500))
        for now in [499, -1, Int64.min, .max] { #expect(!window.isOpen(at: now), "\(now)") }
        for seconds in [0, -5, UnlockWindow.longestSeconds + 1, .max, .min] {
            #expect(code { _ = try UnlockWindow(seconds: seconds, at: 0) } == "vault.custody_malformed")
        }
        #expect(try UnlockWindow(at: 0).remaining(at: 0) == 3_600_000)
    }
}
