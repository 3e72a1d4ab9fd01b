internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    /// `DELETE /v1/vault/artifacts/{artifact}`
    static func vaultDelete(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .delete, "/v1/vault/artifacts/{artifact}", id: "vaultDelete", tag: "vault",
            summary: """
                Deletes a version, or with `all` every one: bodies, keyrings and seeds are erased. They are `unlinked` until the \
                root is replaced on the machine (`chancery keys rotate`).
                """,
            access: .roles([.vaultAdmin]),
            parameters: [
                .artifact, .version, .query("all", .string(values: ["true"]), "All versions; excludes `version`."),
            ], content: .json(.object([("versions", .array(VaultBody.schema))])), refusals: [404, 409])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let (name, version) = try (request.artifact(), request.version())
            let all = try request.parameters.choice("all", of: ["true"]) != nil
            guard all != (version != nil) else {
                throw APIError(.invalidParameter, "what is deleted is named: `version`, or `all`")
            }
            return try await service.blocking {
                let (vault, entry) = try service.find("delete", caller) { ($0, try $0.entry(name, version: version)) }
                _ = try vault.delete(entry.artifact, version: all ? nil : entry.version, by: caller.principal.keyID)
                let gone = try vault.catalogue { $0.versions(of: entry.artifact) }.filter { all || $0.version == entry.version }
                return .json(["versions": .array(gone.map(VaultBody.json))])
            }
        }
    }
}
