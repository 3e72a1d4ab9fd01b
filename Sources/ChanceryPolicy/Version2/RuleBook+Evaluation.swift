extension RuleBook {
    /// The strictest rule that applies decides, whatever the order; without any, the action is denied.
    ///
    /// A rule whose condition is unknown applies only to restrict: it never lets anything through. One that certainly
    /// holds and is not `forbid` opens the way, as far as its effect goes.
    func decide(_ request: ActionRequest, _ facts: Facts) -> Verdict {
        var situation = Situation(request, facts, self)
        var applied: [(rule: Rule, truth: Truth)] = []
        for index in rules.indices {
            let truth = rules[index].condition.holds(in: &situation)
            if truth == .no || (truth == .unknown && rules[index].effect == .allow) { continue }
            applied.append((rules[index], truth))
        }
        return verdict(applied, situation)
    }

    func verdict(_ applied: [(rule: Rule, truth: Truth)], _ situation: Situation) -> Verdict {
        let spoke = applied.map(\.rule.id)
        if let failure = situation.failure {
            return Verdict(effect: .block, rule: Self.failed, rules: spoke + [Self.failed], reason: failure)
        }
        let strictest = applied.map(\.rule.effect).max() ?? .block
        let isOpened = applied.contains { $0.truth == .yes && $0.rule.effect < .block }
        guard strictest == .block || isOpened, let decider = applied.first(where: { $0.rule.effect == strictest }) else {
            let rule = TrustGateRule.standard.rawValue
            return Verdict(effect: .block, rule: rule, rules: spoke + [rule], reason: "no rule allows it")
        }
        var obligations: [Obligation] = []
        for (rule, _) in applied where strictest < .block || rule.effect == .block {
            for obligation in rule.obligations where !obligations.contains(obligation) { obligations.append(obligation) }
        }
        let logs = strictest == .allow && obligations.contains { $0.name == .log }
        return Verdict(
            effect: logs ? .allowWithLog : strictest, rule: decider.rule.id, rules: spoke,
            reason: Self.reason(decider.rule, decider.truth), obligations: obligations)
    }

    /// The rule name of a decision that could not be made.
    static let failed = "EVALUATION_ERROR"

    private static func reason(_ rule: Rule, _ truth: Truth) -> String {
        let doubt = truth == .unknown ? ", as far as can be told" : ""
        return switch rule.effect {
        case .allow, .allowWithLog: "rule `\(rule.id)` allows it"
        case .restrict: "rule `\(rule.id)` restricts it\(doubt)"
        case .requireHuman: "rule `\(rule.id)` asks for a person\(doubt)"
        case .block: "rule `\(rule.id)` forbids it\(doubt)"
        }
    }
}
