internal import ChanceryAPI
public import ChanceryGate
internal import ChanceryNode
internal import ChanceryVigil
internal import ChanceryWire

extension Route {
    /// `GET /api/status`
    static func seedStatus(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/status", id: "seedStatus", tag: "trustgate", summary: "What decides, and how much waits for people.",
            access: .oversight, content: .json(.map(.any)))
        return Route(document) { _ in
            let time = service.now()
            return try await HomeServices.blocking {
                let active = try service.gate.activePolicy()
                let approvers = try service.approvers.approvers().filter { $0.isActive(at: time) }
                return .json([
                    "pending_decisions": .integer(Int64(try service.gate.questions().count)),
                    "policy": SeedValue.text(active?.versionID), "principals": .integer(Int64(approvers.count)),
                    "service": "trust_gate", "timestamp": .integer(time.seconds), "version": .string(service.release),
                ])
            }
        }
    }

    /// `GET /api/agents`
    static func seedAgents(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/agents", id: "seedAgents", tag: "trustgate",
            summary: "The agents of this home, with what the log proves of them.", access: .oversight,
            content: .json(.object([("agents", .array(.map(.any))), ("total", .count)])))
        return Route(document) { _ in
            try await HomeServices.blocking {
                let agents = try service.vigil.assessments().map { _, assessment -> JSONValue in
                    let agent = try service.agents.agent(assessment.agent)
                    return [
                        "active": .bool(agent.record.status == .active), "agent_id": .string(assessment.agent),
                        "agent_name": .string(agent.record.name), "role": .string(agent.record.role),
                        "tsi_state": .string(assessment.stability.rawValue), "updated_at": .integer(assessment.time),
                        "vrs": SeedValue.number(assessment.risk),
                    ]
                }
                return .json(["agents": .array(agents), "total": .integer(Int64(agents.count))])
            }
        }
    }

    /// `POST /api/vigil/agent-state`
    static func seedAgentState(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .post, "/api/vigil/agent-state", id: "seedAgentState", tag: "trustgate",
            summary: "Writes down what somebody claims about an agent, and uses none of it.",
            access: .roles([.agent, .operator]), body: .json(.map(.any)), bodyBytes: 16 << 10, success: 202,
            content: .json(.object([("agent_id", .string(isOptional: true)), ("ignored", .bool), ("outcome", .string())])),
            refusals: [415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let value = try JSONParser.parse(request.body, limits: .init(bytes: 16 << 10, depth: 8))
            guard let object = value.object else { throw WireError(.wrongType, "a state is an object, found \(value.kind)") }
            let agent = object["agent_id"]?.string
            let claims = String(decoding: try CanonicalForm.jcs.encode(value), as: UTF8.self)
            let error = GateError(.claimIgnored, "what is known of an agent comes from the log, not from `\(claims)`")
            do {
                try await service.gate.refuse(
                    "agent-state", error, agent: agent ?? caller.principal.name, caller: caller.principal.keyID)
            } catch let found as GateError where found == error {
                // It is on record.
            }
            return .json(["agent_id": SeedValue.text(agent), "ignored": true, "outcome": "MONITOR"])
        }
    }

    /// `GET /api/principals`
    static func seedPrincipals(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/principals", id: "seedPrincipals", tag: "trustgate", summary: "The people who may approve.",
            access: .oversight, content: .json(.object([("principals", .array(.map(.any))), ("total", .count)])))
        return Route(document) { _ in
            let time = service.now()
            let found = try await HomeServices.blocking { try service.approvers.approvers() }
            return .json([
                "principals": .array(found.map { json($0, time) }), "total": .integer(Int64(found.count)),
            ])
        }
    }

    /// `GET /api/principals/{name}`
    static func seedPrincipal(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/principals/{name}", id: "seedPrincipal", tag: "trustgate",
            summary: "One of the people who may approve.",
            access: .oversight, parameters: [.path("name", .text(), "What the person is called.")],
            content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let name = try RequestParameters.require(request.parameters.text("name"), "name")
            let time = service.now()
            let all = try await HomeServices.blocking { try service.approvers.approvers() }
            let found = all.filter { $0.name.utf8.elementsEqual(name.utf8) || $0.id.utf8.elementsEqual(name.utf8) }
            guard let person = found.first(where: { $0.isActive(at: time) }) ?? found.first else {
                throw NodeError(.notFound, "nobody called `\(name.prefix(64))` may approve here")
            }
            return .json(json(person, time))
        }
    }

    private static func json(_ approver: Approver, _ time: UTCTime) -> JSONValue {
        [
            "active": .bool(approver.isActive(at: time)), "clearance": .string(approver.clearance.rawValue),
            "expires_at": .integer(approver.notAfter.seconds), "mode": "signature", "name": .string(approver.name),
            "principal_id": .string(approver.id),
        ]
    }
}

extension GateError.Reason {
    /// What somebody claims about an agent was written down and not used.
    public static let claimIgnored = Self(rawValue: "gate.claim_ignored")
}
