/// What of a quota was used lately: a window that slides along, in steps of a thousandth of its span.
///
/// A use counts from its moment until the span has passed, and up to one step longer: never shorter. It needs a thousand
/// entries at most, however much is used. Times never go back: what is noted late counts as noted now.
struct QuotaWindow: Sendable {
    private static let steps: Int64 = 1000

    let quota: APIKeyQuota
    /// What is used and not yet written down.
    private(set) var unwritten: Int64 = 0
    private var entries: [(end: Int64, amount: Int64)] = []
    private var first = 0
    private var sum: Int64 = 0

    init(_ quota: APIKeyQuota) { self.quota = quota }

    private var span: Int64 { quota.seconds * 1000 }
    private var step: Int64 { max(1, span / Self.steps) }

    /// What counts at `now`, in milliseconds since 1970.
    mutating func used(at now: Int64) -> Int64 {
        while first < entries.count, entries[first].end <= now {
            sum -= entries[first].amount
            first += 1
        }
        if first > 64, first > entries.count / 2 {
            entries.removeFirst(first)
            first = 0
        }
        return sum
    }

    /// Whether `amount` more stays within the quota.
    mutating func allows(_ amount: Int64, at now: Int64) -> Bool {
        amount <= quota.amount - min(used(at: now), quota.amount)
    }

    /// Milliseconds until `amount` more stays within the quota; the whole span when it never does.
    mutating func wait(for amount: Int64, at now: Int64) -> Int64 {
        var left = used(at: now)
        for entry in entries[first...] {
            left -= entry.amount
            if amount <= quota.amount - min(left, quota.amount) { return max(1, entry.end - now) }
        }
        return span
    }

    /// Counts `amount` that is used at `time`.
    mutating func note(_ amount: Int64, at time: Int64) {
        // More than everything together is as good as everything.
        let amount = min(max(0, amount), APIKeyQuota.largestAmount)
        guard amount > 0, sum < Int64.max / 4 else { return }
        let step = step
        let end = max((time / step + 1) * step + span, entries.last?.end ?? 0)
        if first < entries.count, entries[entries.count - 1].end == end {
            entries[entries.count - 1].amount += amount
        } else {
            entries.append((end, amount))
        }
        sum += amount
    }

    /// Whether so much is not yet written down that nothing more goes through before it is.
    var isBatchFull: Bool { unwritten >= quota.batch }

    /// Counts `amount` that is used at `time` and not yet written down.
    mutating func use(_ amount: Int64, at time: Int64) {
        note(amount, at: time)
        unwritten = unwritten.addingWithinBounds(max(0, amount))
    }

    /// Counts `amount` as written down.
    mutating func pay(_ amount: Int64) { unwritten = max(0, unwritten - amount) }
}
