internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    /// `GET /v1/vault/artifacts`
    static func vaultArtifacts(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/artifacts", id: "vaultArtifacts", tag: "vault",
            summary: "Every version that the vault holds, content excepted.", access: .vaultOversight,
            parameters: [
                .query("kind", .string(values: ArtifactKind.allCases.map(\.rawValue)), "Only artifacts of this kind.")
            ] + Paging.parameters, content: .json(Paging.schema("artifacts", VaultBody.schema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let kind = try request.parameters.choice("kind", of: ArtifactKind.allCases.map(\.rawValue))
            let found = try await service.finding("list", request) { vault in
                try vault.catalogue { $0.live }.filter { kind == nil || $0.kind.rawValue == kind }
            }
            return paging.page("artifacts", of: found, VaultBody.json)
        }
    }

    /// `GET /v1/vault/artifacts/{artifact}`
    static func vaultArtifact(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/artifacts/{artifact}", id: "vaultArtifact", tag: "vault",
            summary: "A version: its files, the digest of its manifest, who was granted it.", access: .vaultOversight,
            parameters: [.artifact, .version], content: .json(VaultBody.detailSchema), refusals: [404, 422])
        return Route(document) { request in
            let (name, version) = try (request.artifact(), request.version())
            return try await service.finding("show", request) { vault in
                let entry = try vault.entry(name, version: version)
                let grants = try vault.catalogue { $0.grants.grants(of: entry.manifest) }
                return .json(try VaultBody.json(entry, vault.manifest(of: entry), grants))
            }
        }
    }

    /// `GET /v1/vault/artifacts/{artifact}/versions`
    static func vaultVersions(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/artifacts/{artifact}/versions", id: "vaultVersions", tag: "vault",
            summary: "The versions of an artifact, deleted ones too when it is named by its id.", access: .vaultOversight,
            parameters: [.artifact] + Paging.parameters, content: .json(Paging.schema("versions", VaultBody.schema)),
            refusals: [404])
        return Route(document) { request in
            let (paging, name) = try (Paging(request.parameters), request.artifact())
            let found = try await service.finding("versions", request) { vault in
                let id = try name.utf8.starts(with: ArtifactID.prefix.utf8) ? ArtifactID(name) : vault.entry(name).artifact
                return try vault.catalogue { $0.versions(of: id) }
            }
            return paging.page("versions", of: found, VaultBody.json)
        }
    }
}
