public import ChanceryWire

/// One sign of agents acting together, as version 1.10.0 of the reference reports it.
public struct ReferenceIndicator: Sendable, Equatable {
    public let name: String
    /// Rounded to four decimals.
    public let score: Double
    public let isAnchored: Bool
    public let details: JSONObject
    /// Before rounding; the risk is made of these.
    let exact: Double

    init(_ name: String, _ score: Double, isAnchored: Bool = true, _ details: JSONObject = [:]) {
        self.name = name
        self.score = PythonRounding.fourDecimals(score)
        self.isAnchored = isAnchored
        self.details = details
        exact = score
    }

    public var severity: String { Self.severity(score) }

    /// The reference's word for a score between agents.
    public static func severity(_ score: Double) -> String {
        switch score {
        case ..<0.25: "NONE"
        case ..<0.5: "LOW"
        case ..<0.7: "MEDIUM"
        case ..<0.9: "HIGH"
        default: "CRITICAL"
        }
    }

    /// Whether the reference raises an alert for it.
    public var isAlert: Bool { score >= 0.5 }

    public func json() -> JSONValue {
        [
            "score": .double(score), "severity": .string(severity), "anchored": .bool(isAnchored), "details": .object(details),
        ]
    }
}
