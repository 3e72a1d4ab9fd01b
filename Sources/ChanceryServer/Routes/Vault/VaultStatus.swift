internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/vault/status`
    static func vaultStatus(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/status", id: "vaultStatus", tag: "vault",
            summary: "Whether the vault is unlocked and for how long, and what it holds.", access: .vaultOversight,
            content: .json(VaultBody.statusSchema))
        return Route(document) { _ in
            try await service.blocking {
                guard let vault = try? service.host.vault() else { return .json(VaultBody.json(nil, due: 0)) }
                return .json(try VaultBody.json(vault.status(), due: vault.dueKeys().count))
            }
        }
    }
}
