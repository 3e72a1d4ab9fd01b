import ChanceryCustodian
import Testing

/// What a coordinator offers of the material that custodians say they have.
struct ShelfTests {
    @Test func `who did not bind what others bound is done without first`() {
        var shelf = Shelf()
        // What 4 has is another block than what 1 has; 2 and 3 have both.
        for (party, pieces) in [1: [0..<8], 2: [0..<8, 10..<18], 3: [0..<8, 10..<18], 4: [10..<18]] as [Int: [Range<UInt64>]] {
            shelf.learn(pieces, of: party)
        }
        #expect(shelf.find(4, among: [1, 2, 3, 4], least: 3)?.parties == [1, 2, 3])
        #expect(shelf.find(4, among: [1, 2, 3, 4], least: 3, avoiding: [1: 1])?.parties == [2, 3, 4])
        #expect(shelf.take(4, among: [1, 2, 3, 4], least: 3, avoiding: [1: 1, 4: 2])?.indices == 0..<4)
        #expect(shelf.take(5, among: [1, 2, 3, 4], least: 3, avoiding: [1: 1, 4: 2])?.indices == 10..<15)
    }

    /// A custodian says what it likes about its own pool.
    @Test func `however many pieces custodians state, the longest of them are found at once`() {
        var shelf = Shelf()
        let short = (0..<UInt64(100_000)).map { 3 * $0..<3 * $0 + 1 }
        let long = (0..<UInt64(8)).map { 400_000 + 10 * $0..<400_008 + 10 * $0 }
        let start = ContinuousClock.now
        for party in 1...4 { shelf.learn(short + long, of: party) }
        for turn in 0..<UInt64(8) {
            let found = shelf.take(8, among: [1, 2, 3, 4], least: 3)
            #expect(found?.indices == 400_000 + 10 * turn..<400_008 + 10 * turn)
            #expect(found?.parties == [1, 2, 3, 4])
        }
        #expect(shelf.find(8, among: [1, 2, 3, 4], least: 3) == nil)
        #expect(shelf.find(1, among: [1, 2, 3, 4], least: 3) != nil)
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
