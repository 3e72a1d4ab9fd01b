import ChanceryGovernance
import ChanceryWire
import TestKit
import Testing

struct ScopeTests {
    @Test(
        arguments: [
            ("*", "*", true), ("*", "a/b", true), ("a", "*", false), ("a", "a", true), ("a", "a/b/c", true),
            ("a/b", "a", false),
            ("a/b", "a/c", false), ("a", "ab", false), ("a/b", "a/bc", false),
        ])
    func `a scope covers itself and what lies below`(outer: String, inner: String, covers: Bool) throws {
        let (outer, inner) = (try Scope(outer), try Scope(inner))
        #expect(outer.covers(inner) == covers)
        #expect(outer.overlaps(inner) == (covers || inner.covers(outer)) && outer.overlaps(inner) == inner.overlaps(outer))
        #expect(try Scope(outer.text) == outer)
    }

    @Test(
        arguments: [
            "", "/", "a/", "/a", "a//b", "A", "a b", ".a", "-a", "a/*", "**", "ä", "a/b/c/d/e/f/g/h/i",
            String(repeating: "a", count: 33), "a\u{301}", "\u{212a}", "a/b\n",
        ])
    func `texts that are no scope are refused`(text: String) {
        #expect(code { _ = try Scope(text) } == "wire.invalid_value")
    }

    @Test func `the longest scope is read`() throws {
        let text = Array(repeating: String(repeating: "z", count: 32), count: 8).joined(separator: "/")
        #expect(try Scope(text).text == text)
    }

    @Test func `constraints are tighter when nothing more is allowed`() throws {
        let environments = [nil, "production", "test"]
        let rates: [Int64?] = [nil, 10, 20]
        let times = [nil, SampleKeys.time(10), SampleKeys.time(20)]
        var all: [Constraints] = []
        for environment in environments {
            for rate in rates { all += try times.map { try .init(environment: environment, maxRateQPS: rate, notAfter: $0) } }
        }
        // What is allowed, by its definition: a request in an environment at a rate at a time.
        func allows(_ constraints: Constraints, _ environment: String, _ rate: Int64, _ time: UTCTime) -> Bool {
            constraints.environment ?? environment == environment && rate <= constraints.maxRateQPS ?? .max
                && constraints.notAfter.map { time < $0 } ?? true
        }
        let requests = ["production", "test", "other"].flatMap { environment in
            [10, 20, 30].flatMap { rate in [5, 15, 25].map { (environment, Int64(rate), SampleKeys.time($0)) } }
        }
        for left in all {
            #expect(try Constraints(left.json) == left)
            for right in all {
                let isTighter = requests.allSatisfy { !allows(left, $0, $1, $2) || allows(right, $0, $1, $2) }
                #expect(left.isTighter(orEqualTo: right) == isTighter, "\(left) \(right)")
                let both = left.meet(right)
                for (environment, rate, time) in requests {
                    let expected = allows(left, environment, rate, time) && allows(right, environment, rate, time)
                    #expect(both.map { allows($0, environment, rate, time) } ?? false == expected)
                }
            }
        }
    }
}
