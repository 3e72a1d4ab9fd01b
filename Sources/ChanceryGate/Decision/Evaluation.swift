public import ChanceryPolicy
internal import ChanceryWire

/// Asks a policy about an action under facts. Whatever goes wrong denies.
public enum Evaluation {
    /// Denials that no policy states: without a policy, under one that no committee voted, under one that does not compile.
    package static let ownRules: Set<String> = [noPolicy, notInForce, unreadable]
    package static let noPolicy = "NO_POLICY"
    package static let notInForce = "POLICY_NOT_IN_FORCE"
    package static let unreadable = "POLICY_UNREADABLE"

    /// Most hosts that one action may name.
    static let hosts = 16

    /// What `policy` says: of several hosts that the action names, to the worst.
    public static func verdict(of policy: Policy, on action: GatedAction, _ facts: Facts) -> Verdict {
        do {
            let targets = try action.targets()
            guard targets.count <= hosts else {
                throw GateError(.targetMismatch, "the arguments name \(targets.count) hosts, \(hosts) at most are looked at")
            }
            var worst: Verdict?
            for target in targets {
                let request = try ActionRequest(action: action.name, payload: .object(action.payload), target: target)
                let verdict = policy.decide(request, facts)
                if worst.map({ verdict.effect > $0.effect }) ?? true { worst = verdict }
            }
            return worst ?? blocked("REQUEST_REFUSED", "nothing was asked")
        } catch {
            let coded = error as? any CodedError
            return blocked("REQUEST_REFUSED", coded.map { "\($0.code): \($0.detail)" } ?? "the request cannot be evaluated")
        }
    }

    /// A denial that no policy has to state.
    public static func blocked(_ rule: String, _ reason: String) -> Verdict {
        Verdict(effect: .block, rule: rule, rules: [rule], reason: reason)
    }
}
