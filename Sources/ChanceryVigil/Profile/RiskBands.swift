/// In which state an agent is, for people and for the gate.
public enum RiskBand: String, Sendable, CaseIterable {
    case safe = "SAFE"
    case watch = "WATCH"
    case alert = "ALERT"
    case critical = "CRITICAL"
    /// Nothing is known about the agent. Never to be taken for safe.
    case unknown = "UNKNOWN"
}

/// The risk from which on each band begins.
public struct RiskBands: Sendable, Equatable {
    public let watch: Millionths
    public let alert: Millionths
    public let critical: Millionths

    /// - Throws: `vigil.profile_invalid` unless 0 < watch < alert < critical ≤ 1.
    public init(watch: Millionths, alert: Millionths, critical: Millionths) throws(VigilError) {
        guard .zero < watch, watch < alert, alert < critical, critical <= .one else {
            throw VigilError(.profileInvalid, "bands must rise strictly between 0 and 1")
        }
        self.init(unchecked: watch, alert, critical)
    }

    private init(unchecked watch: Millionths, _ alert: Millionths, _ critical: Millionths) {
        self.watch = watch
        self.alert = alert
        self.critical = critical
    }

    /// 0.25, 0.5 and 0.75, as in the reference.
    public static let standard = RiskBands(unchecked: Millionths(250_000), Millionths(500_000), Millionths(750_000))

    /// The band of `risk`; a bound belongs to the band that begins there.
    public func band(of risk: Millionths) -> RiskBand {
        if risk < watch { return .safe }
        if risk < alert { return .watch }
        return risk < critical ? .alert : .critical
    }
}
