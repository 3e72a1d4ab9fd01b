package import ChanceryWire

/// What came of a program's orders of material: with whom the next one is made, and when.
///
/// Whoever was caught or silent is left out for a while, two seconds first and twice as long each time up to five minutes. Where a
/// failure names nobody, as wrong shares of fewer than 4t + 1 custodians do, committees without one or more of them are tried in turn:
/// when one succeeds, those whom it lacks are taken for the cause. After each failure there is a pause, one second first and up to
/// a minute. So at N > 2t + 1 at most t liars delay material and never end it.
package struct OrderBook: Sendable {
    package static let longestPause: Int64 = 60
    /// A custodian that is started anew is silent once.
    package static let firstAbsence: Int64 = 2
    package static let longestAbsence: Int64 = 300
    /// After so many seconds without enough material the next custodian in line orders too.
    package static let turnSeconds: Int64 = 20
    /// More failed orders of one custodian than this within a minute are no honest one's, which pauses.
    package static let failuresPerMinute = 30

    private struct Suspicion: Sendable {
        var count = 0
        var until = UTCTime(milliseconds: 0)
    }

    private var suspicions: [Int: Suspicion] = [:]
    /// Failures one after another.
    private var failures: Int64 = 0
    /// Whether all were asked once more after a failure that named nobody.
    private var hasRepeated = false
    /// How many committees were tried in turn since one succeeded.
    private var attempt = 0
    private var earliest = UTCTime(milliseconds: 0)
    /// Whom the order under way leaves out of those who are there.
    private var omitted: [Int] = []
    private var lowSince: UTCTime?
    private var failed: [Int: (count: Int, since: UTCTime)] = [:]

    package init() {}

    /// Who is left out of orders now.
    package func leftOut(at now: UTCTime) -> [Int] { suspicions.filter { $0.value.until > now }.map(\.key).sorted() }

    /// With whom to order now: this custodian `own` and others of `live`, at least `least`; nil during a pause, and where too few are
    /// there.
    package func parties(of live: [Int], own: Int, least: Int, at now: UTCTime) -> [Int]? {
        guard live.contains(own), live.count >= least, earliest <= now else { return nil }
        let others = live.filter { $0 != own }
        let most = live.count - least
        func worst(_ parties: [Int]) -> [Int] {
            Array(parties.filter(others.contains).sorted { count(of: [$0]) > count(of: [$1]) }.prefix(most))
        }
        let out: [Int]
        if attempt == 0 {
            out = worst(leftOut(at: now))
        } else {
            let known = worst(suspicions.keys.sorted())
            let choices = (known.isEmpty ? [] : [known]) + subsets(of: others, atMost: most) + [[]]
            out = choices[(attempt - 1) % choices.count]
        }
        return live.filter { !out.contains($0) }
    }

    /// Whose material has to last: for whoever failed more than once nothing is made until the others need more.
    package func relied(of live: [Int], least: Int) -> [Int] {
        let trusted = live.filter { count(of: [$0]) < 2 }
        return trusted.count >= least ? trusted : live
    }

    /// Nonempty, small ones first, and those who failed before first among them.
    private func subsets(of others: [Int], atMost most: Int) -> [[Int]] {
        let sets = (1..<(1 << others.count)).map { mask in others.indices.filter { mask >> $0 & 1 == 1 }.map { others[$0] } }
        return sets.filter { $0.count <= most }.sorted { one, other in
            if one.count != other.count { return one.count < other.count }
            let (left, right) = (count(of: one), count(of: other))
            return left == right ? one.lexicographicallyPrecedes(other) : left > right
        }
    }

    private func count(of parties: [Int]) -> Int { parties.reduce(0) { $0 + (suspicions[$1]?.count ?? 0) } }

    /// Whether it is the turn of the custodian that stands at `place` among those who are there, from 0, while there is too little.
    package mutating func isTurn(at place: Int, _ now: UTCTime) -> Bool {
        let since = lowSince ?? now
        lowSince = since
        return since.advanced(bySeconds: Self.turnSeconds * Int64(place)) <= now
    }

    /// There is enough, or material was made.
    package mutating func isSupplied() { lowSince = nil }

    /// This custodian ordered with `parties` of `live`.
    package mutating func order(_ parties: [Int], of live: [Int]) { omitted = live.filter { !parties.contains($0) } }

    package mutating func succeed(with parties: [Int], at now: UTCTime) {
        // Without them it works, and with them it did not.
        if attempt > 0 { for party in omitted { suspect(party, at: now) } }
        for party in parties { suspicions[party] = nil }
        (failures, attempt, hasRepeated) = (0, 0, false)
        isSupplied()
    }

    /// An order failed; `named` were caught or silent, as far as this custodian can see.
    package mutating func fail(naming named: [Int], corruptions: Int, at now: UTCTime) {
        earliest = now.advanced(bySeconds: min(1 << min(failures, 16), Self.longestPause))
        failures += 1
        // A liar can make others look silent: more than t cannot all be to blame, and then none of them is believed to be.
        let isCredible = !named.isEmpty && Set(leftOut(at: now) + named).count <= corruptions
        let isFirst = suspicions.isEmpty && !hasRepeated
        if named.count <= corruptions { for party in named { suspect(party, at: now) } }
        if attempt == 0, isCredible { return }
        // All of them once more, before an honest one is left out for one bad moment.
        if attempt == 0, isFirst { return hasRepeated = true }
        attempt += 1
        for party in suspicions.keys { suspicions[party]?.until = now }
    }

    private mutating func suspect(_ party: Int, at now: UTCTime) {
        var suspicion = suspicions[party] ?? Suspicion()
        suspicion.until = now.advanced(bySeconds: min(Self.firstAbsence << Int64(min(suspicion.count, 8)), Self.longestAbsence))
        suspicion.count += 1
        suspicions[party] = suspicion
    }

    // MARK: others' orders

    /// An order of another custodian failed.
    package mutating func failed(orderOf party: Int, at now: UTCTime) {
        if failed[party].map({ $0.since.advanced(bySeconds: 60) <= now }) ?? true { failed[party] = (0, now) }
        failed[party]?.count += 1
    }

    /// Whether an order of another custodian is carried out: each costs a line of the log and burns what it is about.
    package func takes(orderOf party: Int, at now: UTCTime) -> Bool {
        guard let known = failed[party], known.since.advanced(bySeconds: 60) > now else { return true }
        return known.count < Self.failuresPerMinute
    }
}
