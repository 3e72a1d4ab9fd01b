internal import ChanceryVigil
internal import ChanceryWire

/// Assessments and alerts in the words of the seed's Vigil.
enum VigilCompatBody {
    /// An agent's line in the summary.
    static func row(_ name: String, _ assessment: Assessment) -> JSONValue {
        [
            "a2c_risk": SeedValue.number(assessment.collusion), "agent_id": .string(assessment.agent),
            "agent_name": .string(name), "alert_count": .integer(Int64(assessment.alerts.count)),
            "event_count": .integer(Int64(clamping: assessment.events)), "state": .string(assessment.band.rawValue),
            "ts_score": SeedValue.number(assessment.trust), "tsi_state": .string(assessment.stability.rawValue),
            "vrs": SeedValue.number(assessment.risk),
        ]
    }

    /// An agent's score with its parts.
    static func score(_ assessment: Assessment) -> JSONValue {
        let (reading, collusion) = (assessment.stabilityReading, assessment.collusionParts)
        return [
            "components": [
                "a2c": [
                    "indicators": [
                        "concentration": SeedValue.number(collusion.concentration),
                        "entropy_drop": SeedValue.number(collusion.entropyDrop),
                        "silence_break": SeedValue.number(collusion.silenceBreak),
                        "synchronization": SeedValue.number(collusion.synchronisation),
                    ], "risk": SeedValue.number(assessment.collusion),
                ],
                "chain": ["risk": SeedValue.number(assessment.chain)],
                "trust_score": ["score": SeedValue.number(assessment.trust), "tier": .string(assessment.tier.rawValue)],
                "tsi": [
                    "delta_24h": SeedValue.number(reading.delta24h), "delta_7d": SeedValue.number(reading.delta7d),
                    "state": .string(assessment.stability.rawValue),
                ],
            ],
            "engine": .string(assessment.engine), "state": .string(assessment.band.rawValue),
            "vrs": SeedValue.number(assessment.risk),
        ]
    }

    static func alert(_ name: String, _ assessment: Assessment, _ alert: Alert) -> JSONValue {
        [
            "agent": .string(name), "agent_id": .string(assessment.agent), "agent_name": .string(name),
            "evidence": .array(alert.evidence.map { .string($0) }), "message": .string(alert.text),
            "severity": .string(alert.severity.rawValue), "timestamp": .integer(alert.time),
            "type": .string(alert.kind.rawValue),
        ]
    }

    /// The risk of the whole house: the mean of those that are known, the worse ones weighing more. Source: reference §3.4.
    static func total(_ assessments: [Assessment]) -> Millionths? {
        var (sum, weights): (Int64, Int64) = (0, 0)
        for assessment in assessments {
            guard let risk = assessment.risk, let weight = weight(assessment.band) else { continue }
            sum += risk.value * weight
            weights += weight
        }
        return weights == 0 ? nil : Millionths((sum * 2 + weights) / (weights * 2))
    }

    private static func weight(_ band: RiskBand) -> Int64? {
        switch band {
        case .safe: 1
        case .watch: 2
        case .alert: 3
        case .critical: 4
        case .unknown: nil
        }
    }
}
