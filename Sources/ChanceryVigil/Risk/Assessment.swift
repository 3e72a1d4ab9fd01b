public import ChanceryWire

/// What the watch says about one party at one moment. Everything in it follows from the log up to ``asOf``, the
/// charges, and the moment asked for.
public struct Assessment: Sendable, Equatable {
    /// What each part adds to the risk; without a hold the risk is their sum.
    public struct Contributions: Sendable, Equatable {
        public let trust: Millionths
        public let stability: Millionths
        public let collusion: Millionths
        public let chain: Millionths

        public var sum: Millionths { Millionths(trust.value + stability.value + collusion.value + chain.value) }
    }

    public let agent: String
    /// Engine, version and profile; only scores of the same engine compare.
    public let engine: String
    /// The last log index that went in; zero before the first event.
    public let asOf: UInt64
    /// The moment it is for, in Unix seconds.
    public let time: Int64
    public let events: UInt64
    /// The risk score (the reference's VRS); nil for the unknown, who are never to be taken for safe.
    public let risk: Millionths?
    public let band: RiskBand
    /// Whether tampering keeps the party CRITICAL whatever the parts say.
    public let isHeld: Bool
    public let stability: StabilityState
    public let stabilityReading: StabilityReading
    public let tier: TrustTier
    /// The trust score; 0.5 for the unrated, nil for the unknown.
    public let trust: Millionths?
    /// Nil for the unrated and the unknown.
    public let trustParts: TrustParts?
    /// The collusion score (the reference's A2C).
    public let collusion: Millionths
    public let collusionParts: CollusionParts
    public let chain: Millionths
    public let contributions: Contributions
    /// Most severe first.
    public let alerts: [Alert]
}

extension Assessment {
    init(unknown watch: AgentWatch, at time: Int64) {
        self.init(
            agent: watch.agent, engine: watch.profile.engine, asOf: 0, time: time, events: 0, risk: nil, band: .unknown,
            isHeld: false, stability: .stable, stabilityReading: watch.stabilityReading, tier: .unknown, trust: nil,
            trustParts: nil, collusion: .zero, collusionParts: .none, chain: .zero,
            contributions: .init(trust: .zero, stability: .zero, collusion: .zero, chain: .zero), alerts: [])
    }

    /// Somebody whom no watch knows: no risk, no trust, band UNKNOWN.
    public static func unknown(_ agent: String, profile: VigilProfile, at time: Int64) -> Assessment {
        AgentWatch(agent: agent, profile: profile).assessment(at: time)
    }

    /// All of it; scores in millionths, times in Unix seconds.
    public func json() -> JSONValue {
        [
            "agent": .string(agent), "engine": .string(engine), "as_of": .integer(Int64(clamping: asOf)),
            "time": .integer(time), "events": .integer(Int64(clamping: events)), "unit": "1/1000000",
            "risk": .optional(risk), "band": .string(band.rawValue), "held": .bool(isHeld), "tier": .string(tier.rawValue),
            "trust": .optional(trust), "trust_parts": trustParts.map(Self.json) ?? .null,
            "stability": [
                "state": .string(stability.rawValue), "since": .integer(stabilityReading.since),
                "delta_24h": .optional(stabilityReading.delta24h), "delta_7d": .optional(stabilityReading.delta7d),
                "deviation": .optional(stabilityReading.deviation),
                "snapshots": .integer(Int64(stabilityReading.snapshots)),
            ],
            "collusion": .integer(collusion.value),
            "collusion_parts": [
                "concentration": .integer(collusionParts.concentration.value),
                "entropy_drop": .integer(collusionParts.entropyDrop.value),
                "synchronisation": .integer(collusionParts.synchronisation.value),
                "silence_break": .integer(collusionParts.silenceBreak.value),
            ],
            "chain": .integer(chain.value),
            "contributions": [
                "trust": .integer(contributions.trust.value), "stability": .integer(contributions.stability.value),
                "collusion": .integer(contributions.collusion.value), "chain": .integer(contributions.chain.value),
            ],
            "alerts": .array(alerts.map { $0.json() }),
        ]
    }

    private static func json(_ parts: TrustParts) -> JSONValue {
        [
            "integrity": .integer(parts.integrity.value), "verified": .integer(parts.verified.value),
            "diversity": .integer(parts.diversity.value), "finality": .integer(parts.finality.value),
            "rotation": .integer(parts.rotation.value),
        ]
    }
}

extension JSONValue {
    fileprivate static func optional(_ value: Millionths?) -> JSONValue { value.map { .integer($0.value) } ?? .null }
}
