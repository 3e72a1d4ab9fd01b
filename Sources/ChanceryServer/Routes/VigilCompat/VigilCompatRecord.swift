internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `POST /api/agent/{name}/record`
    static func seedRecord(_ service: VigilCompatService) -> Route {
        let document = RouteDocument(
            .post, "/api/agent/{name}/record", id: "seedRecord", tag: "vigil",
            summary: "Takes an event that the agent signed: the next of its AISS chain here. Nothing unsigned is recorded.",
            access: .roles([.agent, .operator]), parameters: [.path("name", .text(), "Its name, DID or agent id.")],
            body: .json(.map(.any)), bodyBytes: Event.maximumBytes, success: 201,
            content: .json(.object([("agent", .string()), ("known", .bool), ("status", .string())])),
            refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await HomeServices.blocking {
                let agent = try service.agent(request, caller)
                let outcome = try service.importer.run(event: request.body, of: service.agents.agentIDs(agent))
                return .json([
                    "agent": .string(agent.record.name), "known": .bool(outcome.events == 0), "status": "recorded",
                ])
            }
        }
    }
}
