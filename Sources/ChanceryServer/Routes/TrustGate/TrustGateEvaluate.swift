internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    /// `POST /api/evaluate`
    static func seedEvaluate(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .post, "/api/evaluate", id: "seedEvaluate", tag: "trustgate",
            summary: "Decides whether an agent may do something now, from what this home knows of it, durably.",
            access: .roles([.agent, .operator]), body: .json(EvaluateBody.schema(takesPolicy: false)),
            bodyBytes: EvaluateBody.bytes, content: .json(.map(.any)), refusals: [404, 409, 415, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let body = try EvaluateBody(request.body, takesPolicy: false)
            let agent = try await service.agent(body, caller)
            let decided = try await service.gate.decide(
                body.action, for: agent, by: caller.principal.keyID, claims: body.claims)
            return try await HomeServices.blocking {
                var names = PolicyNames(service.gate)
                return .json(.object(try SeedDecision(decided.decision, id: decided.id).json(&names)))
            }
        }
    }

    /// `POST /api/policy/simulate`
    static func seedSimulate(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .post, "/api/policy/simulate", id: "seedSimulate", tag: "trustgate",
            summary: "Says what would be decided now, by the active policy or by one that is sent along. Nothing is stored.",
            access: .roles([.agent, .operator]), body: .json(EvaluateBody.schema(takesPolicy: true)),
            bodyBytes: EvaluateBody.bytesWithPolicy, content: .json(.map(.any)), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let body = try EvaluateBody(request.body, takesPolicy: true)
            let agent = try await service.agent(body, caller)
            let decision: GateDecision
            if let yaml = body.yaml {
                decision = try await service.gate.rehearse(
                    body.action, for: agent, by: caller.principal.keyID, under: yaml)
            } else {
                decision = try await service.gate.rehearse(body.action, for: agent, by: caller.principal.keyID)
            }
            return try await HomeServices.blocking {
                var names = PolicyNames(service.gate)
                var object = try SeedDecision(decision, id: nil).json(&names)
                object["findings"] = body.yaml.map { .array(Self.findings($0)) }
                object["simulated"] = true
                object["triggered_rules"] = .array(decision.verdict.rules.map { .string($0) })
                return .json(.object(object))
            }
        }
    }

    /// What may not be meant in a policy that loads.
    private static func findings(_ yaml: String) -> [JSONValue] {
        Policy.lint(Array(yaml.utf8), format: .of(yaml)).map { finding in
            [
                "code": .string(finding.code), "column": .integer(Int64(finding.column)), "line": .integer(Int64(finding.line)),
                "message": .string(finding.message), "severity": .string(finding.severity.rawValue),
            ]
        }
    }
}

extension TrustGateService {
    /// Whom a body is about. What an agent asks for another is on record.
    fileprivate func agent(_ body: EvaluateBody, _ caller: Caller) async throws -> String {
        if caller.principal.roles.contains(.operator), let claimed = body.agent { return claimed }
        do {
            let subject = try await HomeServices.blocking { try agents.subject(body.agent, of: caller, anybodyFor: []) }
            return try RequestParameters.require(subject, "agent_id").did.text
        } catch let error as GateError {
            try await gate.refuse(
                "evaluate", error, agent: body.agent ?? caller.principal.name, caller: caller.principal.keyID)
        }
    }
}
