internal import ChanceryPatterns

extension TrustGateTerms {
    /// The answer of the ten rules, after the guards.
    ///
    /// The first rule that asks for a person or blocks ends the evaluation. A milder one does not hide what comes after
    /// it: it stands only if no later rule is stricter.
    func decide(_ request: ActionRequest, _ facts: Facts, _ risk: ExactDecimal, _ stability: Stability, _ role: String)
        -> Verdict
    {
        var tally = Tally()
        if risk >= riskBlock { tally.speak(.riskBlock, .block) }
        let pattern = matchingPattern(request)
        if pattern != nil { tally.speak(.dangerousPattern, .block) }
        if !permits(role, request) { tally.speak(.role, .block) }
        if stability == .critical { tally.speak(.critical, criticalEffect) }
        let isExternal = request.targetBytes.map { !allowedDomains.contains($0) } ?? false
        if isExternal, blocksExternal { tally.speak(.domain, .block) }
        if risk >= riskHuman { tally.speak(.riskHuman, .requireHuman) }
        if stability == .unstable { tally.speak(.unstable, unstableEffect) }
        if isEscalated(facts) { tally.speak(.escalation, .restrict) }
        if stability == .watch {
            let isFull = AlertWindow.count(facts.watches, at: facts.time) >= watchLimit
            tally.speak(isFull ? .watchLimit : .watch, isFull ? .restrict : .allowWithLog)
        }
        if isExternal, !blocksExternal, logsExternal { tally.speak(.externalCall, .allowWithLog) }
        if tally.rules.isEmpty { tally.speak(.standard, .allow) }

        var obligations = logging
        if isExternal, logsExternal, tally.effect < .block { obligations.append(.init(.logExternalCall)) }
        return Verdict(
            effect: tally.effect, rule: tally.rule.rawValue, rules: tally.rules,
            reason: reason(tally.rule, request, facts, pattern: pattern), obligations: obligations)
    }

    /// The rules that spoke so far and the one that decides.
    private struct Tally {
        var rules: [String] = []
        var rule = TrustGateRule.standard
        var effect = Effect.allow
        private var isClosed = false

        mutating func speak(_ rule: TrustGateRule, _ effect: Effect) {
            if !isClosed, rules.isEmpty || effect > self.effect {
                self.rule = rule
                self.effect = effect
                isClosed = effect >= .requireHuman
            }
            rules.append(rule.rawValue)
        }
    }

    /// The lowest pattern that occurs in any view of the payload or in the action.
    func matchingPattern(_ request: ActionRequest) -> Int? {
        patterns?.firstMatch(in: request.views.all)
    }

    func permits(_ role: String, _ request: ActionRequest) -> Bool {
        roles[Array(role.utf8)]?.permits(request.action, request.actionBytes) ?? false
    }

    func isEscalated(_ facts: Facts) -> Bool {
        !facts.alerts.isEmpty
            && (AlertWindow.count(facts.alerts, at: facts.time) >= restrictAfter
                || AlertWindow.isRestricted(facts.alerts, limit: restrictAfter, seconds: restrictSeconds, at: facts.time))
    }

    func reason(_ rule: TrustGateRule, _ request: ActionRequest, _ facts: Facts, pattern: Int?) -> String {
        func known(_ value: ExactDecimal?) -> String { value?.description ?? "unknown" }
        switch rule {
        case .notAuthorized, .frozen, .factMissing: return Guards.reason(rule, facts)
        case .riskBlock: return "risk \(known(facts.risk)) reaches vrs_block \(riskBlock)"
        case .dangerousPattern: return "a dangerous pattern occurs: `\(pattern.map { patternSources[$0] } ?? "")`"
        case .role: return "role `\(facts.role ?? "")` may not use `\(request.action)`"
        case .critical, .unstable: return "stability is \(facts.stability?.rawValue ?? "unknown")"
        case .domain: return "`\(request.target ?? "")` is not among allowed_domains"
        case .riskHuman: return "risk \(known(facts.risk)) reaches vrs_require_human \(riskHuman)"
        case .escalation: return "\(restrictAfter) alerts fell within an hour"
        case .watchLimit: return "stability is WATCH for the \(watchLimit)th time within an hour"
        case .watch: return "stability is WATCH: allowed and logged"
        case .externalCall: return "`\(request.target ?? "")` is external: allowed and logged"
        case .standard: return "no rule objects"
        }
    }
}
