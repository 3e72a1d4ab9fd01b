internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
public import ChanceryVigil
public import ChanceryWire

extension Route {
    /// `GET /v1/vigil/agents`
    static func vigilAgents(_ vigil: VigilDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/vigil/agents", id: "vigilAgents", tag: "vigil",
            summary: "How every agent behaves, from what the log proves of it. Looking changes nothing.", access: .oversight,
            parameters: Paging.parameters, content: .json(Paging.schema("agents", .map(.any))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await HomeServices.blocking { try vigil.assessments() }
            return paging.page("agents", of: found) { VigilBody.json($0.name, $0.assessment) }
        }
    }

    /// `GET /v1/vigil/agents/{id}`
    static func vigilAgent(_ vigil: VigilDesk, _ registry: IdentityRegistry) -> Route {
        let document = RouteDocument(
            .get, "/v1/vigil/agents/{id}", id: "vigilAgent", tag: "vigil",
            summary: "How an agent behaves: risk, its four parts, alerts with their evidence.", access: .oversight,
            parameters: [
                .path("id", .text(), "Its DID, name or agent id."),
                .query("at", .time(), "As of this moment, from what is known now."),
            ], content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.text("id"), "id")
            let time = try request.parameters.time("at")
            return try await HomeServices.blocking {
                let (agent, identity) = try registry.agent(called: id)
                return .json(VigilBody.json(agent.name, try vigil.assessment(of: identity.did, at: time)))
            }
        }
    }

    /// `GET /v1/vigil/alerts`
    static func vigilAlerts(_ vigil: VigilDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/vigil/alerts", id: "vigilAlerts", tag: "vigil",
            summary: "What gives cause for concern now, with the records that show it.", access: .oversight,
            parameters: Paging.parameters, content: .json(Paging.schema("alerts", .map(.any))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await HomeServices.blocking {
                try vigil.assessments().flatMap { agent in agent.assessment.alerts.map { (agent.name, $0) } }
            }
            return paging.page("alerts", of: found) { VigilBody.json($0.0, $0.1) }
        }
    }
}

/// How assessments and alerts are shown.
public enum VigilBody {
    public static func json(_ name: String, _ assessment: Assessment) -> JSONValue { named(name, assessment.json()) }
    public static func json(_ name: String, _ alert: Alert) -> JSONValue { named(name, alert.json()) }

    private static func named(_ name: String, _ value: JSONValue) -> JSONValue {
        var object = value.object ?? JSONObject()
        object["name"] = .string(name)
        return .object(object)
    }
}
