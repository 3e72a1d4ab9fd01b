internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `POST /v1/federation/messages`
    static func federationMessage(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .post, "/v1/federation/messages", id: "federationMessage", tag: "federation",
            summary: "What another node of the federation has to say; signed by its http key, or on its own TLS connection.",
            access: .nodes,
            body: .json(.any), bodyBytes: FederationNode.maximumMessageBytes, success: 202, content: .json(.object([])),
            refusals: [401, 415, 422])
        return Route(document) { request in
            let sender = try await service.sender(of: request)
            await service.node.receive(request.body, from: sender)
            return .json([:])
        }
    }
}
