public import ChanceryWire

/// The risk score as version 1.10.0 of the reference computes it: a tampered chain is SAFE, the unknown are too.
///
/// For comparison only. Source: reference 3.4.
public struct ReferenceRisk: Sendable, Equatable {
    public static let engine = "piqrypt-1.10"

    public let risk: Double
    public let state: String
    public let trust: ReferenceTrust
    public let stability: ReferenceStability.Reading
    public let collusion: ReferenceCollusion
    public let chain: Double
    /// What trust, stability, collusion and chain add, each rounded.
    public let contributions: [Double]
    /// `KIND/SEVERITY`, most severe first.
    public let alerts: [String]

    /// `prior` are trust scores taken before, oldest first.
    public init(
        _ events: [JSONValue], facts: ReferenceChainFacts, prior: [(time: Int64, score: Double)] = [],
        peers: [(agent: String, events: [JSONValue])] = [], at now: Int64
    ) {
        trust = ReferenceTrust(events, facts: facts, at: now)
        var index = ReferenceStability(prior: prior)
        stability = index.take(trust.score, at: now)
        collusion = ReferenceCollusion(events, peers: peers, at: now)
        chain = facts.score
        let parts = [
            0.2 * (1 - trust.score), 0.35 * ReferenceStability.weight(stability.state), 0.3 * collusion.risk, 0.15 * chain,
        ]
        contributions = parts.map(PythonRounding.fourDecimals)
        let sum = PythonRounding.fourDecimals(parts.reduce(0, +))
        risk = facts.forks > 0 ? max(sum, 0.75) : sum
        state = facts.forks > 0 ? "CRITICAL" : Self.state(sum)
        alerts = Self.alerts(facts, state, trust.score, stability.state, collusion)
    }

    /// The reference's word for a risk score.
    public static func state(_ risk: Double) -> String {
        switch risk {
        case ..<0.25: "SAFE"
        case ..<0.5: "WATCH"
        case ..<0.75: "ALERT"
        default: "CRITICAL"
        }
    }

    private static func alerts(
        _ facts: ReferenceChainFacts, _ state: String, _ trust: Double, _ stability: String, _ collusion: ReferenceCollusion
    ) -> [String] {
        var alerts: [(kind: String, severity: String)] = []
        if facts.forks > 0 { alerts.append(("chain_fork", "CRITICAL")) }
        if facts.replays > 0 { alerts.append(("chain_replay", "CRITICAL")) }
        if state == "ALERT" || state == "CRITICAL" { alerts.append(("vigil_state", state)) }
        if trust < 0.5 { alerts.append(("trust_score_low", trust < 0.3 ? "CRITICAL" : "ALERT")) }
        if stability == "UNSTABLE" || stability == "CRITICAL" {
            alerts.append(("tsi_drift", stability == "CRITICAL" ? "CRITICAL" : "ALERT"))
        }
        alerts += collusion.indicators.filter(\.isAlert).map { ("a2c:\($0.name)", $0.severity) }
        let order = ["CRITICAL", "ALERT", "HIGH", "MEDIUM"]
        return order.flatMap { level in alerts.filter { $0.severity == level }.map { "\($0.kind)/\($0.severity)" } }
    }
}
