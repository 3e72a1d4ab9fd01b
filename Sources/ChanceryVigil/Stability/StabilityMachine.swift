/// The state machine behind ``StabilityState``, in whole hours of event time. See `docs/spec/vigil.md` for its table.
package struct StabilityMachine: Sendable, Equatable {
    /// What one score says.
    package enum Finding: Sendable { case none, watch, unstable }

    /// UNSTABLE for longer becomes CRITICAL.
    static let patience: Int64 = 48
    /// UNSTABLE or CRITICAL ends with the first score more than so many hours after the last finding.
    static let calm: Int64 = 24

    package private(set) var state = StabilityState.stable
    /// The hour in which the state was entered.
    private(set) var since: Int64 = 0
    /// The hour of the last finding that speaks for the state.
    private(set) var lastFinding: Int64 = 0
    /// The log index at which the state was entered.
    package private(set) var evidence: UInt64?

    /// Source: reference 3.2 for the four bounds. A rise is never a finding.
    package static func finding(_ measure: TrustBaseline.Measure) -> Finding {
        let fall = -(measure.delta24h ?? 0)
        let deviation = measure.deviation ?? 0
        if fall > 150_000 || deviation > 3_000_000 { return .unstable }
        return fall > 80_000 || deviation > 1_800_000 ? .watch : .none
    }

    /// The score of an hour in which the agent was active.
    package mutating func step(_ finding: Finding, at hour: Int64, index: UInt64?) {
        elapse(to: hour)
        switch (state, finding) {
        case (.critical, .none):
            if hour - lastFinding > Self.calm { enter(.stable, at: hour, index) }
        case (.critical, _), (.unstable, .unstable): lastFinding = max(lastFinding, hour)
        case (.unstable, _):
            if hour - lastFinding > Self.calm { enter(finding == .watch ? .watch : .stable, at: hour, index) }
        case (_, .unstable): enter(.unstable, at: hour, index)
        case (.watch, .watch): lastFinding = hour
        case (.stable, .watch): enter(.watch, at: hour, index)
        case (.watch, .none): enter(.stable, at: hour, index)
        case (.stable, .none): break
        }
    }

    /// Time passes without a score: nothing gets better by waiting.
    package mutating func elapse(to hour: Int64) {
        guard state == .unstable, hour - since > Self.patience else { return }
        let deadline = since + Self.patience
        // The index stays: what made the agent unstable is what makes it critical.
        state = .critical
        since = deadline
        lastFinding = max(lastFinding, deadline)
    }

    /// Tampering is CRITICAL whatever the scores say.
    mutating func charge(at hour: Int64, index: UInt64?) {
        elapse(to: hour)
        if state != .critical { enter(.critical, at: hour, index) }
        lastFinding = max(lastFinding, hour)
    }

    private mutating func enter(_ new: StabilityState, at hour: Int64, _ index: UInt64?) {
        state = new
        since = hour
        lastFinding = hour
        evidence = index
    }

    package init() {}

    /// Nil where a watch cannot have written the values.
    package init?(state: StabilityState, since: Int64, lastFinding: Int64, evidence: UInt64?) {
        let time = Int64(0)...ObservedEvent.latestTime / 3600 + Self.patience
        guard time.contains(since), time.contains(lastFinding), since <= lastFinding else { return nil }
        self.state = state
        self.since = since
        self.lastFinding = lastFinding
        self.evidence = evidence
    }
}
