import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// The sliding window counts exactly, beside a slow twin that looks at every use there ever was.
struct RateWindowTests {
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `it decides as the twin does, also when the clock jumps`(seed: UInt64) throws {
        var numbers = SeededNumbers(seed)
        var window = RateWindow()
        var all: [Int64] = []
        var now: Int64 = 1_000_000_000
        for step in 0..<2000 {
            switch Int.random(in: 0..<20, using: &numbers) {
            case 0: now -= Int64.random(in: 0...5000, using: &numbers)
            case 1: now += Int64.random(in: 0...90_000, using: &numbers)
            default: now += Int64.random(in: 0...900, using: &numbers)
            }
            let limit = try RateLimit(
                uses: Int64.random(in: 1...60, using: &numbers), seconds: Int64.random(in: 1...60, using: &numbers))
            let count = all.filter { now - $0 < limit.seconds * 1000 }.count
            #expect(window.count(within: limit.seconds, at: now) == count, "seed \(seed), step \(step)")
            #expect(window.allows(limit, at: now) == (count < Int(limit.uses)))
            if Bool.random(using: &numbers) {
                window.record(at: now)
                all.append(now)
            }
        }
    }

    @Test func `a use leaves the window exactly when its time is over`() {
        var window = RateWindow()
        window.record(at: 5000)
        #expect(window.count(within: 10, at: 14_999) == 1 && window.count(within: 10, at: 15_000) == 0)
    }

    @Test func `the largest limit is exact, and memory is bounded`() throws {
        var window = RateWindow()
        let limit = try RateLimit(uses: RateLimit.mostUses, seconds: 86_400)
        for now in 0..<Int64(RateLimit.mostUses) {
            if now == RateLimit.mostUses - 1 { #expect(window.allows(limit, at: now)) }
            window.record(at: now)
        }
        #expect(!window.allows(limit, at: 70_000))
        for now in Int64(70_000)..<70_100 { window.record(at: now) }
        #expect(window.count(within: 86_400, at: 70_100) == Int(RateLimit.mostUses))
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func `no time traps`(now: Int64) throws {
        var window = RateWindow()
        for other in [now, .min, .max, 0] {
            window.record(at: other)
            _ = window.allows(try RateLimit(uses: 1, seconds: 86_400), at: now)
            _ = window.count(within: .max, at: now)
            _ = window.count(within: .min, at: now)
        }
    }

    @Test func `a book is read as it was written, and every damage is refused or is another book`() throws {
        var book = RateBook()
        for number in 0..<5 {
            book.record(number % 2 == 0 ? .credential : .tokenizer, "ak_\(number / 2)", at: Sample.after(Int64(number)))
        }
        let bytes = book.bytes
        #expect(try RateBook(bytes) == book)
        for length in 0..<bytes.count {
            #expect(throws: VaultError.self, "\(length)") { _ = try RateBook(Array(bytes[..<length])) }
        }
        #expect(throws: VaultError.self) { _ = try RateBook(bytes + [0]) }
        for index in bytes.indices {
            for bit in 0..<8 {
                let read = try? RateBook(bytes.flipping(index, UInt8(bit)))
                #expect(read == nil || read != book && read?.bytes == bytes.flipping(index, UInt8(bit)), "\(index).\(bit)")
            }
        }
        #expect(try RateBook(RateBook().bytes) == RateBook())
    }

    @Test func `a full book takes no new principal, and makes room when uses are over`() throws {
        var book = RateBook()
        for number in 0..<RateBook.mostEntries { book.record(.credential, "p\(number)", at: Sample.start) }
        let limited = try AccessPolicy([AccessRule(.credential, bundles: ["com.a"], limit: RateLimit(uses: 9, seconds: 9))])
        var desk = AccessDesk(uses: book)
        var access = try SampleAccess()
        #expect(access.ask(&desk, limited) == .denied([.rate]))
        book.forget(before: Sample.after(Sample.day))
        desk = AccessDesk(uses: book)
        access.writ = AccessStanding.Writ(id: Sample.bytes(9), generation: 4, leaseEnd: Sample.after(2 * Sample.day))
        access.now = Sample.after(Sample.day)
        #expect(access.ask(&desk, limited).permit != nil)
    }
}
