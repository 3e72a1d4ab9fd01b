import ChanceryOracle
import ChanceryWire
import TestKit
import Testing

struct TokenBucketTests {
    /// The same bucket, counted millisecond by millisecond.
    private struct Twin {
        let capacity: Int64
        var parts: Int64
        var now: Int64 = 0

        mutating func wait(until time: Int64) {
            while now < time {
                now += 1
                parts = min(parts + capacity, capacity * 60_000)
            }
        }
    }

    @Test(arguments: [1, 2, 7, 60, 1000] as [Int64])
    func `a bucket fills as one that is looked at every millisecond`(capacity: Int64) throws {
        var random = Mutator("token buckets", corpus: [[]])
        var bucket = TokenBucket(capacity: capacity, at: UTCTime(milliseconds: 0))
        var twin = Twin(capacity: capacity, parts: capacity * 60_000)
        var refused = 0
        for _ in 0..<300 {
            let time = twin.now + Int64(random.next(3000))
            twin.wait(until: time)
            #expect(bucket.tokens(at: UTCTime(milliseconds: time)) == twin.parts / 60_000)
            let count = Int64(random.next(3)) * max(1, capacity / 4)
            if count <= twin.parts / 60_000 {
                bucket.take(count, at: UTCTime(milliseconds: time))
                twin.parts -= count * 60_000
            } else {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    @Test func `a clock that jumps neither fills a bucket twice nor traps`() {
        let start = UTCTime(seconds: 1_000_000)
        var bucket = TokenBucket(capacity: 1_000_000, at: start)
        bucket.take(.max, at: start)
        #expect(bucket.tokens(at: UTCTime(milliseconds: 0)) == 0)
        bucket.take(1, at: UTCTime(milliseconds: 0))
        #expect(bucket.tokens(at: start) == 0)
        #expect(bucket.tokens(at: start.advanced(bySeconds: 6)) == 100_000)
        #expect(bucket.tokens(at: UTCTime(milliseconds: .max)) == 1_000_000)
        bucket.take(-5, at: start)
        #expect(bucket.tokens(at: start) == 0)
        #expect(TokenBucket(capacity: .min, at: start).capacity == 1)
        #expect(TokenBucket(capacity: .max, at: start).capacity == 1_000_000)
    }
}
