public import ChanceryWire

/// A finding that somebody should look at, linked to what raised it.
///
/// Alerts are not stored: they follow from the log, so anyone can compute a past one again.
public struct Alert: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Somebody tampered, and is held CRITICAL for it.
        case tampering
        /// Repeated or refused submissions within 30 days.
        case submissions
        /// The risk score itself.
        case risk
        case trust
        case stability
        case concentration
        case entropyDrop = "entropy_drop"
        case synchronisation
        case silenceBreak = "silence_break"
    }

    public enum Severity: String, Sendable, CaseIterable, Comparable {
        case medium = "MEDIUM"
        case high = "HIGH"
        case critical = "CRITICAL"

        private var rank: Int { self == .critical ? 2 : self == .high ? 1 : 0 }

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        /// The severity of a sign between agents: 0.5, 0.7 and 0.9 begin one each. Source: reference 3.3.
        init?(sign score: Millionths) {
            switch score.value {
            case 900_000...: self = .critical
            case 700_000...: self = .high
            case 500_000...: self = .medium
            default: return nil
            }
        }
    }

    public let kind: Kind
    public let severity: Severity
    /// Unix seconds of what raised it, not of the reading.
    public let time: Int64
    /// Log indexes in decimal, or the evidence that a charge named.
    public let evidence: [String]
    /// What was found, in one sentence.
    public let text: String

    public func json() -> JSONValue {
        [
            "kind": .string(kind.rawValue), "severity": .string(severity.rawValue), "time": .integer(time),
            "evidence": .array(evidence.map(JSONValue.string)), "text": .string(text),
        ]
    }
}
