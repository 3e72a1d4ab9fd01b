public import ChanceryWire

/// The trust score as version 1.10.0 of the reference computes it, mistakes included.
///
/// For comparison only; nothing decides with it. Every number is rounded to four decimals where the reference rounds.
/// Source: reference 3.1.
public struct ReferenceTrust: Sendable, Equatable {
    public let score: Double
    public let tier: String
    /// Chain, forks, signatures, rotations.
    public let integrityParts: (chain: Double, forks: Double, signatures: Double, rotations: Double)
    public let integrity: Double
    public let verified: Double
    public let diversity: Double
    public let finality: Double
    public let rotation: Double
    public let uniquePeers: Int
    public let recentInteractions: Int
    public let entropy: Double
    public let topPeerRatio: Double

    private static let month: Int64 = 30 * 86_400

    public init(_ events: [JSONValue], facts: ReferenceChainFacts, at now: Int64) {
        let now = ReferenceFacts.clamped(now)
        let events = events.map(ReferenceFacts.init)
        let rounded = PythonRounding.fourDecimals
        let rotations = events.filter(\.isRotation)
        integrityParts = (
            chain: events.isEmpty || facts.isLinked ? 1 : 0.5, forks: rounded(max(0, 1 - Double(facts.forks) / 5)),
            signatures: rounded(Self.share(events.filter(\.hasSignature).count, of: events.count)),
            rotations: rounded(Self.share(rotations.filter(\.isAttested).count, of: rotations.count))
        )
        integrity = rounded(
            0.3 * integrityParts.chain + 0.25 * max(0, 1 - Double(facts.forks) / 5)
                + 0.25 * Self.share(events.filter(\.hasSignature).count, of: events.count)
                + 0.2 * Self.share(rotations.filter(\.isAttested).count, of: rotations.count))
        verified = rounded(Self.verified(events, now))
        let recent = events.filter { $0.isContact && now - $0.time < Self.month }
        let peers = ReferenceCounts(recent.compactMap(\.peer))
        diversity = rounded(peers.total == 0 ? 1 : peers.normalisedEntropy)
        entropy = rounded(peers.entropy)
        uniquePeers = peers.peers.count
        recentInteractions = peers.total
        topPeerRatio = rounded(peers.topRatio)
        let eligible = events.filter(\.needsTimestamp)
        finality = rounded(Self.share(eligible.filter(\.isFinalised).count, of: eligible.count))
        rotation = rounded(Self.rotation(rotations))
        let sum = 0.3 * integrity + 0.25 * verified + 0.15 * diversity + 0.15 * finality + 0.15 * rotation
        score = events.isEmpty ? 1 : rounded(sum)
        tier = Self.tier(score)
    }

    private static func share(_ part: Int, of whole: Int) -> Double { whole == 0 ? 1 : Double(part) / Double(whole) }

    /// What an interaction of `age` seconds weighs: half after 30 days, one when it lies ahead.
    public static func weight(age: Int64) -> Double {
        age <= 0 ? 1 : ReferenceMath.exp(-ReferenceMath.ln2 * Double(age) / Double(month))
    }

    private static func verified(_ events: [ReferenceFacts], _ now: Int64) -> Double {
        var part = 0.0
        var whole = 0.0
        for event in events where event.isContact {
            let weight = weight(age: now - event.time)
            whole += weight
            if event.isVerified { part += weight }
        }
        return whole == 0 ? 1 : part / whole
    }

    private static func rotation(_ rotations: [ReferenceFacts]) -> Double {
        guard !rotations.isEmpty else { return 1 }
        var sum = 0.0
        var last: Int64?
        for event in rotations {
            var points = 1.0
            if !event.isAttested { points -= 0.6 }
            if let last, event.time - last < 7 * 86_400 { points -= 0.3 }
            sum += max(0, points)
            last = event.time
        }
        return sum / Double(rotations.count)
    }

    /// The reference's word for a score.
    public static func tier(_ score: Double) -> String {
        switch score {
        case 0.95...: "Elite"
        case 0.9...: "A+"
        case 0.8...: "A"
        case 0.7...: "B"
        default: "At Risk"
        }
    }

    public static func == (left: ReferenceTrust, right: ReferenceTrust) -> Bool {
        left.score == right.score && left.integrityParts == right.integrityParts && left.integrity == right.integrity
            && left.verified == right.verified && left.diversity == right.diversity && left.finality == right.finality
            && left.rotation == right.rotation && left.entropy == right.entropy
    }
}
