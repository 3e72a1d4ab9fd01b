package import ChanceryWire

/// What came of a program's orders of material: with whom the next one is made, and when.
///
/// Nobody is guilty because an order failed: a liar that is silent towards one other, or lies to it alone, has that one look silent to
/// the rest. So orders are remembered by committee. When that of all who are there fails, those that lack one or more of them are tried,
/// and all that succeed take turns: one that lacks the liars is among them. Names that a failure shows say only which is tried first.
/// A committee that failed rests, that of all for two seconds first and others for twenty, twice as long each time up to five minutes.
/// After each failure there is a pause, one second first and up to a minute. So at N > 2t + 1 at most t liars delay material and
/// never end it, and no honest custodian is left out for good.
package struct OrderBook: Sendable {
    package static let longestPause: Int64 = 60
    /// A custodian that is started anew is silent once.
    package static let firstAbsence: Int64 = 2
    /// For whom a committee has that lacks somebody there are others.
    package static let firstRest: Int64 = 20
    package static let longestAbsence: Int64 = 300
    /// After so many seconds without enough material the next custodian in line orders too.
    package static let turnSeconds: Int64 = 20
    /// More costly orders of one custodian than this within a minute are no honest one's, which pauses.
    package static let costlyPerMinute = 30

    private struct Trial: Sendable {
        var isGood = false
        var failures: Int64 = 0
        var until = UTCTime(milliseconds: 0)
    }

    /// What came last of the committees that were tried.
    private var trials: [[Int]: Trial] = [:]
    /// When each had its turn, counted.
    private var turns: [[Int]: Int] = [:]
    private var turn = 0
    /// All who were there at the last order.
    private var whole: [Int] = []
    /// How often failures named somebody since an order with it succeeded.
    private var hints: [Int: Int] = [:]
    /// Failures one after another.
    private var failures: Int64 = 0
    /// Whether the last thing that happened is a failure: what works comes next.
    private var hasFailed = false
    /// Whether all were asked once more after a failure that named nobody.
    private var hasRepeated = false
    private var earliest = UTCTime(milliseconds: 0)
    /// Who of those with whom this custodian ordered had too little, 0 for nobody in particular; and from when on more is made for them.
    private var lacking: [Int] = []
    private var waits: [Int: (count: Int64, until: UTCTime)] = [:]
    /// How many evaluations claims took since the last order.
    private var used = 0
    private var lowSince: UTCTime?
    private var costly: [Int: (count: Int, since: UTCTime)] = [:]

    package init() {}

    /// Who is in no committee that works, while all together do not.
    package var leftOut: [Int] {
        let good = trials.filter { $0.value.isGood && Set($0.key).isSubset(of: whole) }.keys
        guard trials[whole]?.isGood == false, !good.isEmpty else { return [] }
        return whole.filter { party in !good.contains { $0.contains(party) } }
    }

    /// With whom to order now: this custodian `own` and others of `live`, at least `least`, which is 2t + 1; nil during a pause, and where
    /// too few are there.
    package func parties(of live: [Int], own: Int, least: Int, at now: UTCTime) -> [Int]? {
        guard live.contains(own), live.count >= least, earliest <= now else { return nil }
        guard !isOpen(live) else { return live }
        let others = live.filter { $0 != own }
        let most = min(live.count - least, (least - 1) / 2)
        // By whom they leave out, a bit for each.
        let all = (0..<(1 << others.count)).filter { $0.nonzeroBitCount <= most }.map { mask in
            Choice(mask: mask, others: others, live: live)
        }
        let open = all.filter { isOpen($0.parties) }.map(\.mask)
        // Whoever needs not be left out is not.
        let ready = all.filter { choice in
            (isOpen(choice.parties) || rests(choice.parties) <= now)
                && !open.contains { $0 != choice.mask && $0 & choice.mask == $0 }
        }
        if !hasFailed, ready.contains(where: { $0.mask == 0 }) { return live }
        let lesser = ready.filter { $0.mask != 0 }
        let good = lesser.filter { trials[$0.parties]?.isGood == true }
        let next = (hasFailed && !good.isEmpty ? good : lesser).min { comes($0, before: $1) }
        return (next ?? ready.first ?? all.min { rests($0.parties) < rests($1.parties) })?.parties
    }

    private struct Choice {
        let mask: Int
        let out: [Int]
        let parties: [Int]

        init(mask: Int, others: [Int], live: [Int]) {
            let out = others.indices.filter { mask >> $0 & 1 == 1 }.map { others[$0] }
            (self.mask, self.out) = (mask, out)
            parties = live.filter { !out.contains($0) }
        }
    }

    /// Whether nothing speaks against a committee.
    private func isOpen(_ parties: [Int]) -> Bool { trials[parties]?.isGood ?? true }
    private func rests(_ parties: [Int]) -> UTCTime { trials[parties]?.until ?? UTCTime(milliseconds: 0) }

    private func comes(_ one: Choice, before other: Choice) -> Bool {
        let (left, right) = (turns[one.parties] ?? 0, turns[other.parties] ?? 0)
        if left != right { return left < right }
        if one.out.count != other.out.count { return one.out.count < other.out.count }
        let (less, more) = (hints(of: one.out), hints(of: other.out))
        return less == more ? one.mask < other.mask : less > more
    }

    private func hints(of parties: [Int]) -> Int { parties.reduce(0) { $0 + (hints[$1] ?? 0) } }

    /// Whether it is the turn of the custodian that stands at `place` among those who are there, from 0, while there is too little.
    package mutating func isTurn(at place: Int, _ now: UTCTime) -> Bool {
        let since = lowSince ?? now
        lowSince = since
        return since.advanced(bySeconds: Self.turnSeconds * Int64(place)) <= now
    }

    /// Material was made.
    package mutating func isSupplied() { lowSince = nil }

    /// There is enough for `parties`, or nothing is made for those who lack it now.
    ///
    /// - Parameter all: whether each of them says that it has enough.
    package mutating func isSupplied(_ parties: [Int], all: Bool) {
        isSupplied()
        takeTurn(parties)
        hasFailed = false
        guard all else { return }
        for party in parties + [0] { waits[party] = nil }
    }

    /// Whether to make more where this custodian has enough and `lacking` say that they have not.
    ///
    /// Whoever says so again, though an order with it succeeded, waits for the next one: two seconds first, twice as long each time up to
    /// five minutes. So what one custodian says of itself does not have material made without end. What claims took is made anew at once.
    ///
    /// - Parameter enough: so many evaluations since the last order are use.
    package func isDue(for lacking: [Int], enough: Int, at now: UTCTime) -> Bool {
        lacking.isEmpty || used >= enough || lacking.contains { waits[$0].map { $0.until <= now } ?? true }
    }

    /// A claim took material for so many evaluations.
    package mutating func use(_ evaluations: Int) { used += evaluations }

    /// This custodian ordered with `parties` of `live`, for the sake of those who are `lacking`.
    package mutating func order(_ parties: [Int], of live: [Int], for lacking: [Int] = []) {
        (whole, self.lacking, used) = (live, lacking, 0)
        takeTurn(parties)
    }

    private mutating func takeTurn(_ parties: [Int]) {
        turn += 1
        turns[parties] = turn
    }

    package mutating func succeed(with parties: [Int], at now: UTCTime) {
        // Whoever fails every other time is forgotten slowly.
        trials[parties] = Trial(isGood: true, failures: (trials[parties]?.failures ?? 0) / 2)
        for party in parties { hints[party] = nil }
        for party in lacking where party == 0 || parties.contains(party) {
            var wait = waits[party] ?? (0, now)
            if wait.until.advanced(bySeconds: Self.longestAbsence) <= now { wait.count = 0 }
            wait.until = now.advanced(bySeconds: Self.seconds(Self.firstAbsence, after: wait.count))
            wait.count += 1
            waits[party] = wait
        }
        (failures, hasFailed, hasRepeated) = (0, false, false)
        isSupplied()
    }

    private static func seconds(_ first: Int64, after count: Int64) -> Int64 { min(first << min(count, 8), longestAbsence) }

    /// An order with `parties` failed; `named` were caught or silent, as this custodian or others of them saw it.
    package mutating func fail(with parties: [Int], naming named: [Int], at now: UTCTime) {
        earliest = now.advanced(bySeconds: min(1 << min(failures, 16), Self.longestPause))
        failures += 1
        // All of them once more, before an honest one is left out for one bad moment.
        if named.isEmpty, parties == whole, isOpen(parties), !hasRepeated { return hasRepeated = true }
        hasFailed = true
        doubt(parties, naming: named, at: now)
    }

    /// Material of `parties` is not what it should be: somebody among them has none of it, or had an evaluation with it fail.
    package mutating func doubt(_ parties: [Int], naming named: [Int], at now: UTCTime) {
        var trial = trials[parties] ?? Trial()
        let first = parties == whole ? Self.firstAbsence : Self.firstRest
        trial.until = now.advanced(bySeconds: Self.seconds(first, after: trial.failures))
        trial.failures += 1
        trial.isGood = false
        trials[parties] = trial
        for party in named { hints[party, default: 0] += 1 }
    }

    // MARK: others' orders

    /// An order of another custodian cost more than it gave: it failed, made room of what nobody had used yet, leapt over many indices, or
    /// was for secrets, of which an owner takes a few.
    package mutating func countCostly(orderOf party: Int, at now: UTCTime) {
        if costly[party].map({ $0.since.advanced(bySeconds: 60) <= now }) ?? true { costly[party] = (0, now) }
        costly[party]?.count += 1
    }

    /// Whether an order of another custodian is carried out: each costs a line of the log and burns what it is about.
    package func takes(orderOf party: Int, at now: UTCTime) -> Bool {
        guard let known = costly[party], known.since.advanced(bySeconds: 60) > now else { return true }
        return known.count < Self.costlyPerMinute
    }
}
