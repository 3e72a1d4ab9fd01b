internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/agents`
    static func agents(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/agents", id: "agents", tag: "agents", summary: "The agents that are registered here.",
            access: .oversight, parameters: Paging.parameters, content: .json(Paging.schema("agents", AgentBody.schema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            return try await services.blocking {
                let registry = IdentityRegistry(store: services.store)
                return paging.page(
                    "agents", of: try registry.identities().compactMap { try registry.agent(of: $0) }, AgentBody.json)
            }
        }
    }

    /// `GET /v1/agents/{id}`
    static func agent(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/agents/{id}", id: "agent", tag: "agents", summary: "An agent: role, metadata, chains.",
            access: .oversight, parameters: [.path("id", .text(), "Its DID, name or agent id.")],
            content: .json(.object([("agent", AgentBody.schema), ("chains", .array(ChainBody.schema))])), refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.text("id"), "id")
            return try await services.blocking {
                let found = try IdentityRegistry(store: services.store).agent(called: id)
                return .json(["agent": AgentBody.json(found.agent), "chains": .array(try chains(found.identity, services))])
            }
        }
    }

    private static func chains(_ identity: IdentityDocument, _ services: HomeServices) throws -> [JSONValue] {
        try [identity.agentID.text, identity.classicalAgentID.text].compactMap { id in
            try services.store.chain(id).map { ChainBody.json(id, $0) }
        }
    }

    /// `GET /v1/identities`
    static func identities(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/identities", id: "identities", tag: "agents", summary: "The identities that this home knows.",
            access: .oversight, parameters: Paging.parameters,
            content: .json(Paging.schema("identities", IdentityBody.schema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            return try await services.blocking {
                paging.page(
                    "identities", of: try IdentityRegistry(store: services.store).identities(), IdentityBody.json)
            }
        }
    }
}
