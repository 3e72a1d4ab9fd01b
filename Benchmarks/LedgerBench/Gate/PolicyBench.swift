import ChanceryPolicy
import ChanceryWire

/// One decision in process, from parsed arguments and known facts to the verdict: every view of the payload is made, nothing
/// is stored. Each peer answers the same question about the same payload.
enum PolicyBench {
    private static let few = PolicySample.fewPatterns
    private static let many = PolicySample.manyPatterns
    private static let largeTitle = "decision, 4 KiB payload, 50 patterns, p50"

    static func small(_ bench: Bench) throws -> [Measurement] {
        let title = "decision, 100-byte payload, p50"
        return [
            try measure(
                bench, "policy", title, PolicySample.trustGate(few), ActionSample.order, few, "trustgate", .atMost(5)),
            try measure(
                bench, "policy.v2", "\(title), rules of version 2 (peer: cedarpy)", PolicySample.version2(few),
                ActionSample.order,
                few, "cedar", .atMost(5)),
            try measure(
                bench, "policy.roles", "\(title), as the first (peer: casbin, roles and tools alone)",
                PolicySample.trustGate(few),
                ActionSample.order, few, "casbin_roles", .atMost(5)),
        ]
    }

    static func large(_ bench: Bench) throws -> [Measurement] {
        precondition(many.count == 50, "there are \(many.count) patterns")
        return [
            try measure(
                bench, "large", largeTitle, PolicySample.trustGate(many), ActionSample.prose, many, "trustgate", .atMost(20)),
            try measure(
                bench, "large.v2", "\(largeTitle), rules of version 2 (peer: cedarpy)", PolicySample.version2(many),
                ActionSample.prose, many, "cedar", .atMost(20)),
        ]
    }

    static func mixed(_ bench: Bench) throws -> [Measurement] {
        [
            try measure(
                bench, "mixed", "\(largeTitle), with accents, escapes, paths and Base64", PolicySample.trustGate(many),
                ActionSample.mixed, many, "trustgate")
        ]
    }

    private static func measure(
        _ bench: Bench, _ id: String, _ title: String, _ text: String, _ payload: JSONObject, _ patterns: [String],
        _ name: String, _ target: Measurement.Target? = nil
    ) throws -> Measurement {
        let policy = try Policy(parsing: Array(text.utf8))
        let (risk, trust) = (ExactDecimal(180_000, scale: 6), ExactDecimal(910_000, scale: 6))
        let count = bench.scale.decisions
        let policyFile = try bench.write(Array(text.utf8), "policy-\(id).yaml")
        let payloadFile = try bench.write(CanonicalForm.jcs.encode(payload), "payload-\(id).json")
        let samples = try bench.rounds {
            try medianMicroseconds(count) { number in
                let request = try ActionRequest(
                    action: PolicySample.action, payload: .object(payload), target: PolicySample.target)
                let verdict = policy.decide(request, PolicySample.facts(risk, trust, at: 1_790_000_000 + Int64(number)))
                guard verdict.effect == .allow else { throw Failure(description: "the policy says \(verdict)") }
            }
        } theirs: { peer in
            try peer.measure(
                name,
                [
                    "action": .string(PolicySample.action), "count": .integer(Int64(bench.scale.peerDecisions)),
                    "patterns": .array(patterns.map { .string($0) }), "payload": .string(payloadFile),
                    "policy": .string(policyFile), "role": .string(PolicySample.role), "target": .string(PolicySample.target),
                ])
        }
        return Measurement("gate.\(id)", title, .microseconds, samples.ours, peer: samples.theirs, target: target)
    }
}
