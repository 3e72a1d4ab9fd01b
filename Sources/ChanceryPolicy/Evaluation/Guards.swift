/// What is asked before any policy: is the agent authorised, is it frozen, is everything known that decides?
enum Guards {
    /// A verdict of BLOCK, or nil when the policy may be asked.
    static func verdict(_ facts: Facts) -> Verdict? {
        if facts.authorized, !facts.frozen, facts.risk != nil, facts.stability != nil, facts.role != nil { return nil }
        let rules = speaking(facts)
        return Verdict(
            effect: .block, rule: rules[0].rawValue, rules: rules.map(\.rawValue), reason: reason(rules[0], facts))
    }

    static func speaking(_ facts: Facts) -> [TrustGateRule] {
        var rules: [TrustGateRule] = []
        if !facts.authorized { rules.append(.notAuthorized) }
        if facts.frozen { rules.append(.frozen) }
        if !missing(facts).isEmpty { rules.append(.factMissing) }
        return rules
    }

    static func missing(_ facts: Facts) -> [String] {
        [("risk", facts.risk == nil), ("stability", facts.stability == nil), ("role", facts.role == nil)]
            .filter(\.1).map(\.0)
    }

    static func reason(_ rule: TrustGateRule, _ facts: Facts) -> String {
        switch rule {
        case .notAuthorized: "the agent is not authorised"
        case .frozen: "the agent is frozen"
        default: "not known: \(missing(facts).joined(separator: ", "))"
        }
    }
}
