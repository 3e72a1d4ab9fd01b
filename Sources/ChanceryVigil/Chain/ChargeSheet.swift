/// What somebody was charged with: every count, and the evidence of the last few.
package struct ChargeSheet: Sendable, Equatable {
    package struct Charge: Sendable, Equatable {
        let violation: Violation
        /// Unix seconds.
        let time: Int64
        let evidence: String

        package init(violation: Violation, time: Int64, evidence: String) {
            self.violation = violation
            self.time = time
            self.evidence = evidence
        }
    }

    static let keptLimit = 4
    static let evidenceLimit = 128
    static let largest: UInt64 = 1 << 44
    /// For how long tampering by the agent itself or a store keeps it CRITICAL, in seconds.
    static let agentHold: Int64 = 30 * 86_400
    /// For how long tampering by a submitter does.
    static let submitterHold: Int64 = 86_400
    /// For how long repeats and refusals count.
    static let repeatMemory: Int64 = 30 * 86_400

    private(set) var counts: [Violation: UInt64] = [:]
    /// The last charges of tampering, and the last repeats and refusals, oldest first.
    private(set) var tampering: [Charge] = []
    private(set) var repeats: [Charge] = []
    /// Until when tampering keeps the charged party CRITICAL.
    private(set) var heldUntil: Int64 = 0

    package mutating func add(_ charge: Charge) {
        counts[charge.violation] = min(Self.largest, (counts[charge.violation] ?? 0) + 1)
        guard charge.violation.isTampering else { return Self.keep(charge, in: &repeats) }
        Self.keep(charge, in: &tampering)
        let hold = charge.violation.party == .submitter ? Self.submitterHold : Self.agentHold
        heldUntil = max(heldUntil, charge.time + hold)
    }

    private static func keep(_ charge: Charge, in list: inout [Charge]) {
        list.append(charge)
        if list.count > keptLimit { list.removeFirst() }
    }

    private func count(_ violations: Violation...) -> UInt64 { violations.reduce(0) { $0 + (counts[$1] ?? 0) } }

    var isEmpty: Bool { counts.isEmpty }
    var forks: UInt64 { count(.fork, .equivocation) }
    var badSignatures: UInt64 { count(.badSignature) }
    var breaks: UInt64 { count(.brokenLink, .rewrittenHistory, .tamperedStore) }
    var reversals: UInt64 { count(.timeReversal) }

    func isHeld(at time: Int64) -> Bool { heldUntil > time }

    /// Repeats and refusals that still count; two are as bad as more.
    func recentRepeats(at time: Int64) -> [Charge] { repeats.filter { $0.time > time - Self.repeatMemory } }

    /// 0.4 · min(1, forks/3) + 0.4 · min(1, repeats/2) + 0.3 for a break or bad signature + 0.1 for a time reversal.
    package func score(at time: Int64) -> Millionths {
        let forks = Millionths.ratio(forks, of: 3).percent(40)
        let repeats = Millionths.ratio(UInt64(recentRepeats(at: time).count), of: 2).percent(40)
        let others: Int64 = (breaks + badSignatures > 0 ? 300_000 : 0) + (reversals > 0 ? 100_000 : 0)
        return min(.one, Millionths(forks.value + repeats.value + others))
    }

    /// I = 0.30 chain + 0.25 forks + 0.25 signatures + 0.20 rotations.
    func integrity(events: UInt64, attestation: Millionths) -> Millionths {
        let chain: Int64 = breaks + reversals > 0 ? 0 : 1_000_000
        let unforked = Millionths.ratio(forks, of: 5).complement
        let signed = events + badSignatures == 0 ? .one : Millionths.ratio(events, of: events + badSignatures)
        return Millionths((30 * chain + 25 * unforked.value + 25 * signed.value + 20 * attestation.value + 50) / 100)
    }

    package init() {}

    /// Nil where a watch cannot have written the values.
    init?(counts: [Violation: UInt64], tampering: [Charge], repeats: [Charge], heldUntil: Int64) {
        let times = Int64(0)...ObservedEvent.latestTime
        let isSound =
            counts.values.allSatisfy { (1...Self.largest).contains($0) }
            && [tampering, repeats].allSatisfy { list in
                list.count <= Self.keptLimit
                    && list.allSatisfy {
                        times.contains($0.time) && $0.evidence.utf8.count <= Self.evidenceLimit && counts[$0.violation] != nil
                    } && zip(list, list.dropFirst()).allSatisfy { $0.time <= $1.time }
            } && tampering.allSatisfy(\.violation.isTampering) && !repeats.contains(where: \.violation.isTampering)
            && (0...ObservedEvent.latestTime + Self.agentHold).contains(heldUntil)
        guard isSound else { return nil }
        self.counts = counts
        self.tampering = tampering
        self.repeats = repeats
        self.heldUntil = heldUntil
    }
}
