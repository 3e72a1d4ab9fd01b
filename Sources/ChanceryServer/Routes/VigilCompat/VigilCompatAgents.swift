internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryVigil
internal import ChanceryWire

extension Route {
    private static let readers = RouteAccess.roles([.agent, .operator, .approver, .auditor])
    private static let name = RouteDocument.Parameter.path("name", .text(), "Its name, DID or agent id.")
    private static let severities = Alert.Severity.allCases.map(\.rawValue)

    /// `GET /api/summary`
    static func seedSummary(_ service: VigilCompatService) -> Route {
        let document = RouteDocument(
            .get, "/api/summary", id: "seedSummary", tag: "vigil",
            summary: "How every agent behaves, from what the log proves of it.",
            access: .oversight,
            parameters: [.query("agents", .text(limit: 1024), "Only these, by name, DID or agent id, split by commas.")],
            content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let names = try request.parameters.text("agents", limit: 1024)
            let time = service.now()
            return try await HomeServices.blocking {
                let all = try service.assessments(names)
                let alerts = all.flatMap { name, assessment in
                    assessment.alerts.map { VigilCompatBody.alert(name, assessment, $0) }
                }
                return .json([
                    "active_alerts": .array(alerts), "agents": .array(all.map { VigilCompatBody.row($0.name, $0.assessment) }),
                    "global_vrs": SeedValue.number(VigilCompatBody.total(all.map(\.assessment))),
                    "timestamp": .integer(time.seconds),
                ])
            }
        }
    }

    /// `GET /api/alerts`
    static func seedAlerts(_ service: VigilCompatService) -> Route {
        let document = RouteDocument(
            .get, "/api/alerts", id: "seedAlerts", tag: "vigil",
            summary: "What gives cause for concern now, with the records that show it.", access: .oversight,
            parameters: [
                .query("agent", .text(), "Only of this agent: name, DID or agent id."),
                .query("limit", .integer(1...500, standard: 100), "Most alerts."),
                .query("severity", .string(values: severities), "Only of this severity."),
            ], content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let agent = try request.parameters.text("agent")
            let limit = Int(try request.parameters.integer("limit", in: 1...500) ?? 100)
            let severity = try request.parameters.choice("severity", of: severities)
            let time = service.now()
            return try await HomeServices.blocking {
                let found =
                    try agent.map { name in
                        let agent = try service.agents.agent(name)
                        return [(agent.record.name, try service.vigil.assessment(of: agent.did))]
                    } ?? service.vigil.assessments()
                let alerts = found.flatMap { name, assessment in
                    assessment.alerts.filter { severity == nil || $0.severity.rawValue == severity }
                        .map { VigilCompatBody.alert(name, assessment, $0) }
                }
                return .json([
                    "alerts": .array(Array(alerts.prefix(limit))), "count": .integer(Int64(alerts.count)),
                    "timestamp": .integer(time.seconds),
                ])
            }
        }
    }

    /// `GET /api/agent/{name}`
    static func seedAgent(_ service: VigilCompatService) -> Route {
        let document = RouteDocument(
            .get, "/api/agent/{name}", id: "seedAgent", tag: "vigil", summary: "How an agent behaves: score, parts, alerts.",
            access: readers,
            parameters: [name, .query("days", .integer(1...90, standard: 30), "Only alerts of so many days.")],
            content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let days = try request.parameters.integer("days", in: 1...90) ?? 30
            let time = service.now()
            return try await HomeServices.blocking {
                let agent = try service.agent(request, caller)
                let assessment = try service.vigil.assessment(of: agent.did)
                let recent = assessment.alerts.filter { $0.time >= time.advanced(bySeconds: -days * 86_400).seconds }
                return .json([
                    "agent_id": .string(agent.did.text),
                    "alerts": .array(recent.map { VigilCompatBody.alert(agent.record.name, assessment, $0) }),
                    "computed_at": .integer(assessment.time), "name": .string(agent.record.name),
                    "vrs": VigilCompatBody.score(assessment),
                ])
            }
        }
    }

    /// `GET /api/agent/{name}/alerts`
    static func seedAgentAlerts(_ service: VigilCompatService) -> Route {
        let document = RouteDocument(
            .get, "/api/agent/{name}/alerts", id: "seedAgentAlerts", tag: "vigil",
            summary: "What gives cause for concern about an agent.",
            access: readers, parameters: [name], content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await HomeServices.blocking {
                let agent = try service.agent(request, caller)
                let assessment = try service.vigil.assessment(of: agent.did)
                return .json([
                    "alerts": .array(assessment.alerts.map { VigilCompatBody.alert(agent.record.name, assessment, $0) }),
                    "count": .integer(Int64(assessment.alerts.count)), "name": .string(agent.record.name),
                ])
            }
        }
    }

    /// `GET /api/agent/{name}/identity`
    static func seedIdentity(_ service: VigilCompatService) -> Route {
        let document = RouteDocument(
            .get, "/api/agent/{name}/identity", id: "seedAgentIdentity", tag: "vigil",
            summary: "Who an agent is: ids, role, latest document.",
            access: readers, parameters: [name],
            content: .json(.object([("agent", AgentBody.schema), ("identity", IdentityBody.schema), ("name", .string())])),
            refusals: [404])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await HomeServices.blocking {
                let agent = try service.agent(request, caller)
                return .json([
                    "agent": AgentBody.json(agent.record), "identity": IdentityBody.json(agent.identity),
                    "name": .string(agent.record.name),
                ])
            }
        }
    }
}
