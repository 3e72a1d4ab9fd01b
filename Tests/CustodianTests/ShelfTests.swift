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
}
