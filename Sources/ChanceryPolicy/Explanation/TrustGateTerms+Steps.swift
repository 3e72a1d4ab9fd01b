extension TrustGateTerms {
    /// Each of the rules with the fact that it looks at.
    func steps(_ request: ActionRequest, _ facts: Facts) -> [Explanation.Step] {
        let risk = facts.risk?.description ?? "unknown"
        let stability = "stability is \(facts.stability?.rawValue ?? "unknown")"
        let pattern = matchingPattern(request)
        let permitted = facts.role.map { permits($0, request) } ?? false
        let isExternal = request.targetBytes.map { !allowedDomains.contains($0) } ?? false
        let target =
            request.target.map { "the target is `\($0)`\(isExternal ? "" : ", an allowed domain")" } ?? "there is no target"
        let alerts = AlertWindow.count(facts.alerts, at: facts.time)
        let watches = AlertWindow.count(facts.watches, at: facts.time)
        let isFull = watches >= watchLimit
        func step(_ rule: TrustGateRule, _ effect: Effect, _ applies: Bool, _ words: String) -> Explanation.Step {
            .init(rule: rule.rawValue, effect: effect, standing: applies ? .applied : .silent, words: [words])
        }
        var steps = [
            step(.riskBlock, .block, facts.risk.map { $0 >= riskBlock } ?? false, "risk \(risk), vrs_block \(riskBlock)"),
            step(
                .dangerousPattern, .block, pattern != nil,
                pattern.map { "`\(patternSources[$0])` occurs" } ?? "none of \(patternSources.count) patterns occurs"),
            step(
                .role, .block, !permitted,
                "role `\(facts.role ?? "")` \(permitted ? "may" : "may not") use `\(request.action)`"),
            step(.critical, criticalEffect, facts.stability == .critical, stability),
            step(.domain, .block, isExternal && blocksExternal, "\(target); block_external is \(blocksExternal)"),
            step(
                .riskHuman, .requireHuman, facts.risk.map { $0 >= riskHuman } ?? false,
                "risk \(risk), vrs_require_human \(riskHuman)"),
            step(.unstable, unstableEffect, facts.stability == .unstable, stability),
            step(
                .escalation, .restrict, isEscalated(facts),
                "\(alerts) alerts in the last hour, auto_restrict_after \(restrictAfter); a restriction lasts \(restrictSeconds) s"
            ),
            step(
                .watchLimit, .restrict, facts.stability == .watch && isFull,
                "\(stability); \(watches) watched in the last hour, max_watch_events \(watchLimit)"),
            step(.watch, .allowWithLog, facts.stability == .watch && !isFull, stability),
            step(
                .externalCall, .allowWithLog, isExternal && !blocksExternal && logsExternal,
                "\(target); log_external_calls is \(logsExternal)"),
        ]
        let isSilent = steps.allSatisfy { $0.standing == .silent }
        steps.append(step(.standard, .allow, isSilent, isSilent ? "no rule objects" : "another rule speaks"))
        return steps
    }
}
