internal import ChanceryPatterns
public import ChanceryWire

/// The ten rules exactly as the reference evaluates them, mistakes included: doubles, first match wins, literal tool
/// lists, patterns over escaped JSON. For `--compat` and conformance only, never for a gate.
public struct ReferenceRules: Sendable {
    /// What the reference is told about an action; every value may be nonsense.
    public struct Context: Sendable {
        public var role: String
        public var action: String
        public var payload: JSONValue
        public var risk: Double
        public var stability: String
        public var target: String?
        /// How many seconds ago earlier alerts of this agent were.
        public var alertAges: [Int64]

        public init(
            role: String, action: String, payload: JSONValue, risk: Double, stability: String, target: String? = nil,
            alertAges: [Int64] = []
        ) {
            self.role = role
            self.action = action
            self.payload = payload
            self.risk = risk
            self.stability = stability
            self.target = target
            self.alertAges = alertAges
        }
    }

    private let terms: TrustGateTerms
    private let human: Double
    private let block: Double

    init(policy: Policy, _ terms: TrustGateTerms) {
        self.terms = terms
        human = Double(terms.riskHuman.description) ?? 1
        block = Double(terms.riskBlock.description) ?? 1
    }

    /// Nil for a policy that was not read in compat.
    public init?(_ policy: Policy) {
        guard policy.reading == .compat, case .trustGate(let terms) = policy.body else { return nil }
        self.init(policy: policy, terms)
    }

    /// The first rule that matches.
    public func evaluate(_ context: Context) -> Verdict {
        let (rule, effect) = decide(context)
        return Verdict(
            effect: effect, rule: rule.rawValue, rules: [rule.rawValue], reason: reason(rule, context))
    }

    /// What the reference's simulation lists: no domains, no escalation.
    public func simulate(_ context: Context) -> [String] {
        var lines: [String] = []
        let risk = PythonText.threePlaces(context.risk)
        if context.risk >= block { lines.append("vrs_block (\(risk) >= \(PythonText.number(block)))") }
        if let pattern = pattern(context) { lines.append("dangerous_pattern: \(pattern)") }
        if !permits(context) { lines.append("role_violation: \(context.role) cannot use \(context.action)") }
        if ["CRITICAL", "UNSTABLE", "WATCH"].contains(context.stability) {
            lines.append("tsi_" + context.stability.lowercased())
        }
        if context.risk >= human { lines.append("vrs_require_human (\(risk) >= \(PythonText.number(human)))") }
        return lines
    }

    func verdict(_ request: ActionRequest, _ facts: Facts) -> Verdict {
        evaluate(
            Context(
                role: facts.role ?? "", action: request.action, payload: request.payload,
                risk: facts.risk.flatMap { Double($0.description) } ?? 0, stability: facts.stability?.rawValue ?? "",
                target: request.target,
                alertAges: facts.alerts.map { facts.time.subtractingReportingOverflow($0).partialValue }))
    }

    private func decide(_ context: Context) -> (TrustGateRule, Effect) {
        if context.risk >= block { return (.riskBlock, .block) }
        if pattern(context) != nil { return (.dangerousPattern, .block) }
        if !permits(context) { return (.role, .block) }
        if context.stability == "CRITICAL" { return (.critical, terms.criticalEffect) }
        if let target = context.target, !target.isEmpty, terms.blocksExternal,
            !terms.allowedDomains.contains(Array(target.utf8))
        {
            return (.domain, .block)
        }
        if context.risk >= human { return (.riskHuman, .requireHuman) }
        if context.stability == "UNSTABLE" { return (.unstable, terms.unstableEffect) }
        if recentAlerts(context) >= terms.restrictAfter { return (.escalation, .restrict) }
        if context.stability == "WATCH" { return (.watch, .allowWithLog) }
        return (.standard, .allow)
    }

    private func recentAlerts(_ context: Context) -> Int64 { Int64(context.alertAges.count { $0 < 3600 }) }

    private func pattern(_ context: Context) -> String? {
        guard let patterns = terms.patterns else { return nil }
        return patterns.firstMatch(in: Array(PythonText.json(context.payload).utf8)).map { terms.patternSources[$0] }
    }

    private func permits(_ context: Context) -> Bool {
        terms.roles[Array(context.role.utf8)]?.permits(context.action, Array(context.action.utf8)) ?? false
    }

    private func reason(_ rule: TrustGateRule, _ context: Context) -> String {
        let risk = PythonText.threePlaces(context.risk)
        return switch rule {
        case .riskBlock: "VRS \(risk) >= block threshold \(PythonText.number(block)) [ANSSI R9 / NIST MANAGE 1.3]"
        case .dangerousPattern: "Dangerous pattern matched: '\(pattern(context) ?? "")' [ANSSI R25]"
        case .role: "Action '\(context.action)' not permitted for role '\(context.role)' [least privilege]"
        case .critical: "TSI state CRITICAL — agent shows critical temporal drift [NIST MEASURE 2.4]"
        case .domain: "Domain '\(context.target ?? "")' not in allowed_domains whitelist [Zero Trust network]"
        case .riskHuman:
            "VRS \(risk) >= human threshold \(PythonText.number(human)) [ANSSI R9 / AI Act Art.14 — human oversight required]"
        case .unstable: "TSI state UNSTABLE — agent Trust Score shows significant drift [NIST MEASURE 2.4]"
        case .escalation:
            "Escalation threshold reached: \(recentAlerts(context)) alerts in last hour (threshold=\(terms.restrictAfter))"
                + " [ANSSI R27 — progressive restriction]"
        case .watch: "TSI state WATCH — action allowed with enhanced logging [NIST MEASURE 2.4]"
        default: "All policy checks passed"
        }
    }
}
