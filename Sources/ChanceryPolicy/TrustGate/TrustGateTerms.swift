internal import ChanceryPatterns

/// A TrustGate policy, compiled.
struct TrustGateTerms: Sendable {
    struct Role: Sendable {
        let allowed: GlobList
        let blocked: GlobList

        func permits(_ name: String, _ bytes: [UInt8]) -> Bool {
            !blocked.matches(name, bytes) && allowed.matches(name, bytes)
        }
    }

    var riskHuman = ExactDecimal("0.6")!
    var riskBlock = ExactDecimal("0.85")!
    var unstableEffect = Effect.requireHuman
    var criticalEffect = Effect.block
    var roles: [[UInt8]: Role] = [:]
    var watchLimit: Int64 = 3
    var restrictAfter: Int64 = 5
    var restrictSeconds: Int64 = 3600
    var allowedDomains: Set<[UInt8]> = []
    var blocksExternal = true
    var logsExternal = true
    var patterns: PatternSet?
    var patternSources: [String] = []
    /// What the section `logging` asks for.
    var logging: [Obligation] = []

    static let largestList = 4096
    static let largestRoles = 1000
}
