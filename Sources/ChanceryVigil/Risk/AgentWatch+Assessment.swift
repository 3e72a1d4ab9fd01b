extension AgentWatch {
    /// What is known about the party at `time` (Unix seconds; earlier than the last event counts as then).
    ///
    /// A pure reading: asking twice gives the same answer, and asking never changes a later one. `peers` are the agents
    /// whose events are compared with this one's; their order does not matter.
    public func assessment(at time: Int64, peers others: [AgentWatch] = []) -> Assessment {
        let now = max(clock, min(time, ObservedEvent.latestTime))
        guard !isUnknown else { return Assessment(unknown: self, at: now) }
        let settled = settled(at: now)
        let parts = isRated ? settled.trustParts(at: now) : nil
        let trust = parts?.score ?? TrustParts.neutral
        let together = synchronised(with: others, at: now)
        let collusion = collusionParts(together?.finding, at: now)
        let chain = charges.score(at: now)
        let contributions = Assessment.Contributions(
            trust: trust.complement.percent(profile.weights.trust),
            stability: settled.stability.state.weight.percent(profile.weights.stability),
            collusion: collusion.score.percent(profile.weights.collusion), chain: chain.percent(profile.weights.chain))
        let isHeld = charges.isHeld(at: now)
        let risk = isHeld ? max(contributions.sum, profile.bands.critical) : contributions.sum
        return Assessment(
            agent: agent, engine: profile.engine, asOf: lastIndex ?? 0, time: now, events: conduct.events, risk: risk,
            band: profile.bands.band(of: risk), isHeld: isHeld, stability: settled.stability.state,
            stabilityReading: settled.stabilityReading, tier: isRated ? TrustTier(trust) : .unrated, trust: trust,
            trustParts: parts, collusion: collusion.score, collusionParts: collusion, chain: chain,
            contributions: contributions,
            alerts: AlertWriter(watch: settled, now: now).alerts(
                risk: risk, trust: isRated ? trust : nil, collusion: collusion, together: together))
    }

    /// The ids of the peers met last, at most 16: whose watches to compare with.
    public var recentPeers: [String] { peers.peers.compactMap(\.id) }

    var stabilityReading: StabilityReading {
        StabilityReading(
            state: stability.state, since: stability.since * 3600, delta24h: measure.delta24h.map(Millionths.init),
            delta7d: measure.delta7d.map(Millionths.init), deviation: measure.deviation.map(Millionths.init),
            snapshots: Int(baseline.count))
    }

    private func collusionParts(_ together: Synchronisation?, at now: Int64) -> CollusionParts {
        let thresholds = profile.thresholds
        return CollusionParts(
            concentration: peers.top(at: now).map { thresholds.concentrationScore($0.share) } ?? .zero,
            entropyDrop: thresholds.entropyDropScore(month: peers.month(at: now), window: peers.window(at: now)),
            synchronisation: together.map { thresholds.synchronisationScore($0) } ?? .zero,
            silenceBreak: silence.score(at: now, silence: thresholds.silence))
    }

    /// The agent with the highest score of synchronisation; among equals the one whose id comes first in byte order.
    private func synchronised(with others: [AgentWatch], at now: Int64) -> (agent: String, finding: Synchronisation)? {
        var worst: (agent: String, finding: Synchronisation, score: Millionths)?
        for other in others where !other.agent.utf8.elementsEqual(agent.utf8) {
            guard let finding = Synchronisation(times, other.times, at: now) else { continue }
            let score = profile.thresholds.synchronisationScore(finding)
            if let worst {
                let comesFirst = other.agent.utf8.lexicographicallyPrecedes(worst.agent.utf8)
                guard score > worst.score || (score == worst.score && comesFirst) else { continue }
            }
            worst = (other.agent, finding, score)
        }
        return worst.map { ($0.agent, $0.finding) }
    }
}
