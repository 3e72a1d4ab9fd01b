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
                book.fail(with: parties, naming: named, at: now)
            }
            return nil
        }
    }

    @Test func `who was caught is left out of the next order, and asked again later`() {
        var world = World(4, 1)
        #expect(world.order(most: 2) { $0.contains(3) ? [3] : nil } == [1, 2, 4])
        #expect(world.book.leftOut == [3])
        world.now = world.now.advanced(bySeconds: 10)
        #expect(world.order(most: 1) { _ in nil } == [1, 2, 3, 4])
    }

    @Test(arguments: [(4, 1, [2]), (4, 1, [3]), (4, 1, [4]), (5, 1, [4]), (6, 2, [5]), (7, 2, [2, 6]), (7, 2, [6, 7])])
    func `a liar whom nothing names is found by leaving out one after another`(size: Int, corruptions: Int, liars: [Int]) {
        var world = World(size, corruptions)
        let fails = { (parties: [Int]) -> [Int]? in parties.contains(where: liars.contains) ? [] : nil }
        let made = world.order(most: 25, fails)
        #expect(made.map { Set($0).isDisjoint(with: liars) } == true)
        #expect(world.book.leftOut == liars)
        // What works is back after each try of something else.
        for _ in 0..<10 {
            world.now = world.now.advanced(bySeconds: 400)
            #expect(world.order(most: 25, fails).map { Set($0).isDisjoint(with: liars) } == true)
        }
    }

    /// The victim waits for the liar and looks silent to whoever orders; the liar behaves wherever the victim is not.
    @Test(arguments: [(4, [2, 3]), (4, [3, 2]), (4, [4, 2]), (5, [2, 5]), (5, [5, 2])], [false, true])
    func `a victim that a liar has look silent is left out of some orders, and the liar of others`(
        scene: (size: Int, pair: [Int]), isTold: Bool
    ) {
        var world = World(scene.size, 1)
        let (liar, victim) = (scene.pair[0], scene.pair[1])
        var made: [[Int]] = []
        for _ in 0..<40 {
            world.now = world.now.advanced(bySeconds: 30)
            // What this custodian sees, and what the victim tells it.
            let parties = world.order(most: 3) { parties in
                guard parties.contains(liar), parties.contains(victim) else { return nil }
                return isTold ? [victim, victim, liar] : [victim]
            }
            if let parties { made.append(parties) }
        }
        #expect(made.count == 40)
        // Nobody knows which of the two it is: neither is left out for good.
        for orders in [made.prefix(10), made.suffix(10)] {
            #expect(orders.contains { $0.contains(victim) && !$0.contains(liar) }, "\(orders)")
            #expect(orders.contains { $0.contains(liar) && !$0.contains(victim) }, "\(orders)")
        }
        #expect(world.book.leftOut == [])
    }

    @Test func `two liars that fail only with one victim are left out of some orders`() {
        var world = World(7, 2)
        var made: [[Int]] = []
        for _ in 0..<60 {
            world.now = world.now.advanced(bySeconds: 30)
            let parties = world.order(most: 3) { $0.contains(5) && ($0.contains(2) || $0.contains(3)) ? [5] : nil }
            if let parties { made.append(parties) }
        }
        #expect(made.count > 50)
        for orders in [made.prefix(30), made.suffix(10)] { #expect(orders.contains([1, 4, 5, 6, 7]), "\(orders)") }
    }

    @Test func `a committee whose evaluations fail makes no more material for a while`() {
        var world = World(4, 1)
        #expect(world.order(most: 2) { $0.contains(3) && $0.contains(4) ? [3] : nil } == [1, 2, 4])
        world.book.doubt([1, 2, 4], naming: [], at: world.now)
        for _ in 0..<5 {
            let next = world.order(most: 2) { $0.contains(3) && $0.contains(4) ? [3] : nil }
            #expect(next != nil && next != [1, 2, 4], "\(next ?? [])")
        }
    }

    /// Another custodian says after the fact that nothing came of an order.
    @Test func `an order that did not reach everybody is no reason to go on with the same custodians`() {
        var world = World(4, 1)
        #expect(world.order(most: 1) { _ in nil } == [1, 2, 3, 4])
        world.book.doubt([1, 2, 3, 4], naming: [3, 2], at: world.now)
        let made = (0..<2).map { _ in world.order(most: 1) { _ in nil } }
        #expect(Set(made) == [[1, 2, 4], [1, 3, 4]])
    }

    @Test func `what one custodian says that it lacks is made ever more seldom`() {
        var book = OrderBook()
        var now = UTCTime(milliseconds: 0)
        var waits: [Int] = []
        for _ in 0..<10 {
            var seconds = 0
            while !book.isDue(for: [4], enough: 8, at: now) { (now, seconds) = (now.advanced(bySeconds: 1), seconds + 1) }
            waits.append(seconds)
            book.order([1, 2, 3, 4], of: [1, 2, 3, 4], for: [4])
            book.succeed(with: [1, 2, 3, 4], at: now)
        }
        #expect(waits == [0, 2, 4, 8, 16, 32, 64, 128, 256, 300])
        #expect(book.isDue(for: [4, 3], enough: 8, at: now))
        // It has enough: the next time it lacks something it gets that at once.
        book.isSupplied([1, 2, 3, 4], all: true)
        #expect(book.isDue(for: [4], enough: 8, at: now))
    }

    @Test func `what claims took is made anew at once, whoever says that there is too little`() {
        var book = OrderBook()
        let now = UTCTime(milliseconds: 0)
        for _ in 0..<9 {
            book.order([1, 2, 3, 4], of: [1, 2, 3, 4], for: [0])
            book.succeed(with: [1, 2, 3, 4], at: now)
        }
        #expect(!book.isDue(for: [0], enough: 8, at: now))
        book.use(8)
        #expect(book.isDue(for: [0], enough: 8, at: now))
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

    @Test func `a custodian whose orders cost more than they give is not followed for the rest of the minute`() {
        var book = OrderBook()
        let start = UTCTime(milliseconds: 0)
        for _ in 0..<OrderBook.costlyPerMinute {
            #expect(book.takes(orderOf: 2, at: start))
            book.countCostly(orderOf: 2, at: start)
        }
        #expect(!book.takes(orderOf: 2, at: start))
        #expect(book.takes(orderOf: 3, at: start))
        #expect(book.takes(orderOf: 2, at: start.advanced(bySeconds: 60)))
    }
}
