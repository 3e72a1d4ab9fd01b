import ChanceryCustodian
import ChanceryWire
import Testing

/// What a custodian gives up of another's orders, and whether it holds that against it.
struct GivenUpTests {
    private static let start = UTCTime(milliseconds: 0)

    private static func given(_ most: Int, free: [Range<UInt64>] = [0..<256]) -> GivenUp? {
        GivenUp(most, of: 0..<256, free: free, madeAt: start)
    }

    private static func isHasty(
        after seconds: Int64, _ told: [[Range<UInt64>]], heardAfter heard: Int64? = nil, corruptions: Int = 1
    ) -> Bool? {
        let heard = start.advanced(bySeconds: heard ?? seconds)
        return given(128)?.isHasty(
            at: start.advanced(bySeconds: seconds), told: told.map { (free: $0, heard: heard) }, corruptions: corruptions)
    }

    @Test func `one index too many costs one index`() {
        #expect(Self.given(1)?.indices == [0..<1])
        #expect(Self.given(5, free: [3..<5, 10..<12, 200..<300])?.indices == [3..<5, 10..<12, 200..<201])
        #expect(Self.given(500, free: [250..<300])?.indices == [250..<256])
        #expect(Self.given(500, free: [250..<300])?.count == 6)
    }

    @Test func `what is used up is not given up`() {
        #expect(Self.given(10, free: []) == nil)
        #expect(Self.given(10, free: [256..<500]) == nil)
    }

    /// The coordinator does not reach this custodian, or does so late; the others' clients use what is ordered.
    @Test func `what others used is held against nobody by a custodian that is late`() {
        #expect(Self.isHasty(after: 4, [[], [200..<256], [0..<256]]) == false)
        #expect(Self.isHasty(after: 4, [[0..<64], [64..<128]]) == false)
        #expect(Self.isHasty(after: 4, [[], [], []], corruptions: 2) == false)
    }

    @Test func `what nobody used is held against whoever had it made`() {
        // The one that ordered it may say what it likes.
        #expect(Self.isHasty(after: 4, [[], [0..<256], [0..<256]]) == true)
        #expect(Self.isHasty(after: 4, [[], [], [0..<256]], corruptions: 2) == true)
        #expect(Self.isHasty(after: 59, [[0..<256], [0..<256]]) == true)
        #expect(Self.isHasty(after: 60, [[0..<256], [0..<256]]) == false)
    }

    /// Orders that follow each other faster than anybody tells what he has.
    @Test func `what was made a moment ago was used by nobody`() {
        #expect(Self.isHasty(after: 2, [[], [], []]) == true)
        #expect(Self.isHasty(after: 4, [[], [], []], heardAfter: 2) == true)
    }
}
