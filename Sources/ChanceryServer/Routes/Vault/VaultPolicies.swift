internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    /// `GET /v1/vault/policy`
    static func vaultPolicy(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/policy", id: "vaultPolicy", tag: "vault",
            summary: "The access policy in force. A kind that no rule names is denied.", access: .vaultOversight,
            content: .json(.map(.any)), refusals: [422])
        return Route(document) { request in
            try await service.finding("policy", request) { .json(try $0.policyInForce().json) }
        }
    }

    /// `PUT /v1/vault/policy`
    static func vaultSetPolicy(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .put, "/v1/vault/policy", id: "vaultSetPolicy", tag: "vault",
            summary: "Puts another access policy in force (docs/spec/vault-access.md).", access: .roles([.vaultAdmin]),
            body: .json(.map(.any)), bodyBytes: 1 << 20, content: .json(.map(.any)), refusals: [409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await service.blocking {
                let (vault, policy) = try service.find("policy", caller) { vault in
                    (vault, try AccessPolicy(JSONParser.parse(request.body, limits: .init(bytes: 1 << 20, depth: 16))))
                }
                try vault.setPolicy(policy, by: caller.principal.keyID)
                return .json(try vault.policyInForce().json)
            }
        }
    }
}
