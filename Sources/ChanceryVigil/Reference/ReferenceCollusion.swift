public import ChanceryWire

/// The collusion score as version 1.10.0 of the reference computes it: going quiet counts, and correlations above one.
///
/// For comparison only. Source: reference 3.3.
public struct ReferenceCollusion: Sendable, Equatable {
    public let risk: Double
    public let severity: String
    /// Concentration, entropy drop, synchronisation, silence break.
    public let indicators: [ReferenceIndicator]

    static let window: Int64 = 48 * 3600
    static let weights = [0.3, 0.25, 0.25, 0.2]

    /// `peers` are the events of others by agent id; the highest synchronisation counts, among equals the first.
    public init(_ events: [JSONValue], peers: [(agent: String, events: [JSONValue])] = [], at now: Int64) {
        let now = ReferenceFacts.clamped(now)
        let events = events.map(ReferenceFacts.init)
        let recent = Self.within(Self.window, events, now)
        let worst =
            peers.map {
                Self.synchronisation(recent, $0.agent, Self.within(Self.window, $0.events.map(ReferenceFacts.init), now))
            }
            .reduce(ReferenceIndicator("synchronization", 0)) { $1.exact > $0.exact ? $1 : $0 }
        indicators = [
            Self.concentration(recent.filter(\.isInteraction)), Self.entropyDrop(events, recent, now), worst,
            Self.silenceBreak(events),
        ]
        risk = PythonRounding.fourDecimals(zip(Self.weights, indicators).reduce(0) { $0 + $1.0 * $1.1.exact })
        severity = ReferenceIndicator.severity(risk)
    }

    /// What each indicator adds to the risk.
    public var weighted: [Double] { zip(Self.weights, indicators).map { PythonRounding.fourDecimals($0 * $1.exact) } }

    private static func within(_ span: Int64, _ events: [ReferenceFacts], _ now: Int64) -> [ReferenceFacts] {
        let start = now - span
        return events.filter { $0.time >= start }
    }

    private static func concentration(_ recent: [ReferenceFacts]) -> ReferenceIndicator {
        let counts = ReferenceCounts(recent.map { $0.peer ?? "unknown" })
        guard let top = counts.top else { return ReferenceIndicator("concentration", 0, ["window_hours": 48]) }
        let ratio = counts.topRatio
        return ReferenceIndicator(
            "concentration", ratio > 0.7 ? (ratio - 0.7) / 0.3 : 0, isAnchored: recent.allSatisfy(\.isAnchored),
            [
                "top_peer": .string(top.name), "top_peer_ratio": .double(PythonRounding.fourDecimals(ratio)),
                "unique_peers": .integer(Int64(counts.peers.count)), "total_interactions": .integer(Int64(counts.total)),
                "threshold": .double(0.7), "window_hours": 48,
            ])
    }

    private static func entropyDrop(
        _ events: [ReferenceFacts], _ recent: [ReferenceFacts], _ now: Int64
    ) -> ReferenceIndicator {
        let long = within(30 * 86_400, events, now).filter(\.isInteraction)
        let short = recent.filter(\.isInteraction)
        let isAnchored = short.allSatisfy(\.isAnchored)
        guard long.count >= 5 else { return ReferenceIndicator("entropy_drop", 0, isAnchored: isAnchored) }
        let baseline = ReferenceCounts(long.map { $0.peer ?? "unknown" }).normalisedEntropy
        let current = ReferenceCounts(short.map { $0.peer ?? "unknown" }).normalisedEntropy
        let drop = baseline - current
        let score = drop <= 0 ? 0 : drop <= 0.4 ? 0.5 * drop / 0.4 : min(1, 0.5 + 2 * (drop - 0.4))
        let rounded = { (value: Double) in JSONValue.double(PythonRounding.fourDecimals(value)) }
        return ReferenceIndicator(
            "entropy_drop", score, isAnchored: isAnchored,
            [
                "entropy_baseline_30d": rounded(baseline), "entropy_recent_48h": rounded(current), "delta": rounded(drop),
                "threshold": .double(0.4), "long_window_events": .integer(Int64(long.count)),
                "short_window_events": .integer(Int64(short.count)),
            ])
    }

    private static func synchronisation(
        _ recent: [ReferenceFacts], _ agent: String, _ others: [ReferenceFacts]
    ) -> ReferenceIndicator {
        let none = ReferenceIndicator("synchronization", 0)
        guard recent.count >= 3, others.count >= 3 else { return none }
        let own = recent.map(\.time).sorted()
        let peer = others.map(\.time).sorted()
        var matched = 0
        var place = 0
        for time in own {
            while place < peer.count, peer[place] < time - 5 { place += 1 }
            if place < peer.count, peer[place] <= time + 5 { matched += 1 }
        }
        let correlation = Double(matched) / Double(min(own.count, peer.count))
        guard correlation >= 0.92 else { return none }
        let isAnchored = recent.allSatisfy(\.isAnchored) && others.allSatisfy(\.isAnchored)
        let score = min(1, (correlation - 0.92) / 0.08)
        return ReferenceIndicator(
            "synchronization", isAnchored ? score : min(1, (correlation - 0.92) / 0.08 * 0.5), isAnchored: isAnchored,
            [
                "peer_id": .string(agent), "correlation": .double(PythonRounding.fourDecimals(correlation)),
                "matched_pairs": .integer(Int64(matched)), "agent_events": .integer(Int64(own.count)),
                "peer_events": .integer(Int64(peer.count)), "tolerance_seconds": 5, "threshold": .double(0.92),
                "window_hours": 48,
            ])
    }

    private static func silenceBreak(_ events: [ReferenceFacts]) -> ReferenceIndicator {
        let events = events.sorted { $0.time < $1.time }
        guard events.count > 1 else { return ReferenceIndicator("silence_break", 0) }
        let gap = zip(events, events.dropFirst()).reversed().first {
            $0.1.time - $0.0.time >= 7 * 86_400
        }
        guard let (before, after) = gap else { return ReferenceIndicator("silence_break", 0, ["silence_days": 7]) }
        let burst = events.filter { (after.time...after.time + 3600).contains($0.time) }
        let days = Double(after.time - before.time) / 86_400
        let isAnchored = burst.allSatisfy(\.isAnchored)
        var score = 0.0
        if burst.count >= 5 {
            score = 0.4 * min(1, days / 21) + 0.6 * min(1, Double(burst.count - 5) / 5)
            if !isAnchored { score *= 0.5 }
        }
        return ReferenceIndicator(
            "silence_break", score, isAnchored: isAnchored,
            [
                "silence_start": .integer(before.time), "silence_end": .integer(after.time),
                "silence_days": .double(PythonRounding.fourDecimals(days)), "burst_count": .integer(Int64(burst.count)),
                "burst_window_hours": 1, "burst_threshold": 5, "silence_threshold_days": 7,
            ])
    }
}
