import ChanceryCustodian
import ChanceryWire
import Testing

/// Orders of material that fail, as the custodian sees them that orders: custodian 1.
struct OrderBookTests {
    private struct World {
        var book = OrderBook()
        var now = UTCTime(milliseconds: 0)
        let live: [Int]
        let corruptions: Int

        init(_ size: Int, _ corruptions: Int) { (live, self.corruptions) = (Array(1...size), corruptions) }

        /// Orders until an order succeeds, or `most` failed. `names` says whom a failure with this committee shows; nil succeeds.
        mutating func order(most: Int, _ names: ([Int]) -> [Int]?) -> [Int]? {
            for _ in 0..<most {
                var parties = book.parties(of: live, own: 1, least: 2 * corruptions + 1, at: now)
                while parties == nil {
                    now = now.advanced(bySeconds: 1)
                    parties = book.parties(of: live, own: 1, least: 2 * corruptions + 1, at: now)
                }
                guard let parties else { return nil }
                book.order(parties, of: live)
                guard let named = names(parties) else {
                    book.succeed(with: parties, at: now)
                    return parties
                }
                book.fail(naming: named, corruptions: corruptions, at: now)
            }
            return nil
        }
    }

    @Test func `who was caught is left out of the next order, and asked again later`() {
        var world = World(4, 1)
        #expect(world.order(most: 2) { $0.contains(3) ? [3] : nil } == [1, 2, 4])
        #expect(world.book.leftOut(at: world.now) == [3])
        world.now = world.now.advanced(bySeconds: 10)
        #expect(world.order(most: 1) { _ in nil } == [1, 2, 3, 4])
    }

    @Test(arguments: [(4, 1, [2]), (4, 1, [3]), (4, 1, [4]), (5, 1, [4]), (6, 2, [5]), (7, 2, [2, 6]), (7, 2, [6, 7])])
    func `a liar whom nothing names is found by leaving out one after another`(size: Int, corruptions: Int, liars: [Int]) {
        var world = World(size, corruptions)
        let fails = { (parties: [Int]) -> [Int]? in parties.contains(where: liars.contains) ? [] : nil }
        let made = world.order(most: 25, fails)
        #expect(made.map { Set($0).isDisjoint(with: liars) } == true)
        // Found, they are left out at once, and after that found in two orders.
        #expect(world.book.leftOut(at: world.now) == liars)
        let least = 2 * corruptions + 1
        #expect(world.book.relied(of: world.live, least: least) == world.live)
        #expect(world.order(most: 1, fails) != nil)
        world.now = world.now.advanced(bySeconds: 10)
        #expect(world.order(most: 2, fails) == made)
        // Twice is once too often: what they lack is nobody's need now.
        #expect(world.book.relied(of: world.live, least: least) == world.live.filter { !liars.contains($0) })
    }

    /// The liar is silent towards one other, who then is silent towards all.
    @Test(arguments: 2...4)
    func `a liar that has others look silent is left out in the end`(liar: Int) {
        var world = World(4, 1)
        var turn = 0
        let made = world.order(most: 12) { parties in
            guard parties.contains(liar) else { return nil }
            let others = parties.filter { $0 != 1 && $0 != liar }
            turn += 1
            return [others[turn % others.count]]
        }
        #expect(made?.contains(liar) == false)
    }

    @Test func `failures are followed by pauses of up to a minute`() {
        var world = World(3, 1)
        _ = world.order(most: 20) { _ in [] }
        // 1 + 2 + 4 + 8 + 16 + 32 + 13 · 60 seconds.
        #expect(world.now == UTCTime(milliseconds: 0).advanced(bySeconds: 63 + 13 * 60))
        #expect(world.book.parties(of: [1, 2, 3], own: 1, least: 3, at: world.now) == nil)
    }

    @Test func `too few custodians order nothing`() {
        #expect(OrderBook().parties(of: [1, 2], own: 1, least: 3, at: UTCTime(milliseconds: 0)) == nil)
    }

    @Test func `others take their turn when nothing is made`() {
        var book = OrderBook()
        let start = UTCTime(milliseconds: 0)
        let turns = [(0, 0), (1, 19), (1, 20), (2, 20)].map { place, time in
            book.isTurn(at: place, start.advanced(bySeconds: time))
        }
        #expect(turns == [true, false, true, false])
        book.isSupplied()
        let isTurn = book.isTurn(at: 1, start.advanced(bySeconds: 30))
        #expect(!isTurn)
    }

    @Test func `a custodian whose orders keep failing is not followed for the rest of the minute`() {
        var book = OrderBook()
        let start = UTCTime(milliseconds: 0)
        for _ in 0..<OrderBook.failuresPerMinute {
            #expect(book.takes(orderOf: 2, at: start))
            book.failed(orderOf: 2, at: start)
        }
        #expect(!book.takes(orderOf: 2, at: start))
        #expect(book.takes(orderOf: 3, at: start))
        #expect(book.takes(orderOf: 2, at: start.advanced(bySeconds: 60)))
    }
}
