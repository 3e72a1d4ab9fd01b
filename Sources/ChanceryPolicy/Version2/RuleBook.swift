internal import ChanceryPatterns

/// A policy of version 2, compiled.
struct RuleBook: Sendable {
    struct Rule: Sendable {
        let id: String
        let effect: Effect
        let condition: Condition
        let obligations: [Obligation]
        let at: Position
    }

    let rules: [Rule]
    /// All patterns over the payload's text; nil when there are none.
    let textPatterns: PatternSet?
    let textSources: [String]
    /// All patterns over members of the payload.
    let fieldPatterns: PatternSet?
    let fieldSources: [String]

    static let largestRules = 1000
    static let deepestCondition = 8

    /// The effect's name in the text of a policy.
    static func word(_ effect: Effect) -> String {
        switch effect {
        case .allow, .allowWithLog: "allow"
        case .restrict: "restrict"
        case .requireHuman: "require_human"
        case .block: "forbid"
        }
    }
}
