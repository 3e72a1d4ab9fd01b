/// A trust score in words.
public enum TrustTier: String, Sendable, CaseIterable {
    case elite = "Elite"
    case aPlus = "A+"
    case a = "A"
    case b = "B"
    case atRisk = "At Risk"
    /// Too few events to say.
    case unrated = "Unrated"
    /// No events at all.
    case unknown = "Unknown"

    /// The tier of a rated agent. Source: reference 3.1.
    public init(_ score: Millionths) {
        switch score.value {
        case 950_000...: self = .elite
        case 900_000...: self = .aPlus
        case 800_000...: self = .a
        case 700_000...: self = .b
        default: self = .atRisk
        }
    }
}
