internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    /// `GET /v1/vault/keys`
    static func vaultKeys(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/keys", id: "vaultKeys", tag: "vault",
            summary: "Every key of the vault with its state, dates and purpose; private halves are never shown.",
            access: .vaultOversight, parameters: Paging.parameters, content: .json(Paging.schema("keys", .map(.any))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await service.finding("keys", request) { try $0.keys() }
            return paging.page("keys", of: found, \.json)
        }
    }

    /// `GET /v1/vault/keys/due`
    static func vaultDueKeys(_ service: VaultService) -> Route {
        let step = Schema.string(values: DueKey.Step.allCases.map(\.rawValue))
        let document = RouteDocument(
            .get, "/v1/vault/keys/due", id: "vaultDueKeys", tag: "vault",
            summary: "The keys whose next step is due.", access: .vaultOversight, parameters: Paging.parameters,
            content: .json(Paging.schema("keys", .object([("key", .string()), ("step", step)]))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await service.finding("keys due", request) { try $0.dueKeys() }
            return paging.page("keys", of: found, VaultBody.json)
        }
    }
}
