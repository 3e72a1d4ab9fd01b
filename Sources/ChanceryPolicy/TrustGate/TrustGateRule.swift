/// The rules of a TrustGate policy, in their order, and those that every policy has.
///
/// Those without a counterpart in the reference are the first three, `WATCH_LIMIT` and `EXTERNAL_CALL`.
public enum TrustGateRule: String, Sendable, CaseIterable {
    case notAuthorized = "NOT_AUTHORIZED"
    case frozen = "FROZEN"
    case factMissing = "FACT_MISSING"
    case riskBlock = "VRS_BLOCK"
    case dangerousPattern = "DANGEROUS_PATTERN"
    case role = "ROLE"
    case critical = "TSI_CRITICAL"
    case domain = "DOMAIN"
    case riskHuman = "VRS_HUMAN"
    case unstable = "TSI_UNSTABLE"
    case escalation = "ESCALATION"
    case watchLimit = "WATCH_LIMIT"
    case watch = "TSI_WATCH"
    case externalCall = "EXTERNAL_CALL"
    case standard = "DEFAULT"
}
