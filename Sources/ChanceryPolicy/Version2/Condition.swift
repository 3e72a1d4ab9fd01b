/// When a rule applies: typed predicates over request and facts, joined by all, any and not.
indirect enum Condition: Sendable {
    /// True when empty.
    case all([Condition])
    /// False when empty.
    case any([Condition])
    case not(Condition)
    case action(GlobList)
    case role(GlobList)
    case agent(GlobList)
    /// False when nobody delegated.
    case delegatedBy(GlobList)
    case target(TargetTest)
    case number(NumberFact, Bounds)
    case stability([Stability])
    case labels(LabelTest)
    case payload(PayloadPath, PayloadTest)
    /// Indices into the rule book's text patterns; with `everyView` in all readings of the payload, else in its raw text.
    case pattern([Int], everyView: Bool)
    case hours([HourRange])
}

/// The facts that are numbers.
enum NumberFact: String, Sendable, CaseIterable {
    case risk, trust, collusion
    case alertsLastHour = "alerts_last_hour"
    case watchesLastHour = "watches_last_hour"
}

/// Limits on a number; all that are given hold together.
struct Bounds: Sendable, Equatable {
    var above: ExactDecimal?
    var atLeast: ExactDecimal?
    var below: ExactDecimal?
    var atMost: ExactDecimal?

    static let names = ["gt", "ge", "lt", "le"]

    func hold(for value: ExactDecimal) -> Bool {
        if let above, !(value > above) { return false }
        if let atLeast, !(value >= atLeast) { return false }
        if let below, !(value < below) { return false }
        if let atMost, !(value <= atMost) { return false }
        return true
    }

    /// Whether no number at all can hold.
    var isEmpty: Bool {
        if let lower = [above, atLeast].compactMap(\.self).max(), let upper = [below, atMost].compactMap(\.self).min() {
            if lower > upper { return true }
            if lower == upper { return above == lower || below == upper }
        }
        return false
    }

    var description: String {
        [("> ", above), ("≥ ", atLeast), ("< ", below), ("≤ ", atMost)]
            .compactMap { sign, limit in limit.map { sign + $0.description } }.joined(separator: " and ")
    }
}

/// Where an action may go. Hosts are compared in lower-case ASCII; a glob without a colon looks at the host alone.
struct TargetTest: Sendable {
    enum Kind: Sendable { case among, notAmong, exists, absent }
    let kind: Kind
    let whole: GlobList
    let hosts: GlobList
    let sources: [String]
}

/// Which labels the caller added.
struct LabelTest: Sendable {
    var any: [String] = []
    var all: [String] = []
    var none: [String] = []
}

/// From an hour up to another, in UTC, over midnight where the first is the later.
struct HourRange: Sendable, Equatable {
    let from: Int64
    let to: Int64

    func contains(_ hour: Int64) -> Bool {
        from < to ? (from..<to).contains(hour) : hour >= from || hour < to
    }
}
