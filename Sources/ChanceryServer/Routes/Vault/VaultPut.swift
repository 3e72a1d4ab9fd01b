internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    /// Most bytes of a body that is put.
    static let largestPut = 64 << 30

    /// `PUT /v1/vault/artifacts/{artifact}/content`
    static func vaultPut(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .put, "/v1/vault/artifacts/{artifact}/content", id: "vaultPut", tag: "vault",
            summary: """
                Seals the body as the next version of an artifact of one file. Nothing is put unless all of it came, and its \
                digest is the one that `Content-Digest` states.
                """,
            access: .roles([.vaultAdmin]),
            parameters: [
                .path("artifact", .text(limit: ArtifactName.maximumBytes), "What the artifact is called."),
                .query("kind", .string(values: ArtifactKind.allCases.map(\.rawValue)), "What it is; model-weights without it."),
                .query("tier", .integer(0...4, standard: 1), "Its privacy tier."),
                .query("file", .text(limit: FilePath.maximumBytes), "The path of its file; `content` without it."),
                .query("release", .text(limit: ArtifactMetadata.maximumTextBytes), "The owner's own name of this version."),
                .query("description", .text(limit: RequestParameters.maximumBytes), "What it is."),
                .query("bundle", .text(limit: ArtifactMetadata.maximumTextBytes), "The bundle that it was made for."),
                .query("device", .text(limit: ArtifactMetadata.maximumTextBytes), "The device that it came from."),
                .query("model", .text(limit: ArtifactMetadata.maximumTextBytes), "The DID of the model."),
                .query("tags", .text(limit: RequestParameters.maximumBytes), "Tags, split by commas."),
            ], body: .bytes, bodyBytes: largestPut, isStreamed: true, success: 201, content: .json(VaultBody.schema),
            refusals: [409, 422])
        return Route(document) { request in
            let (caller, parameters) = (try request.requireCaller(), request.parameters)
            let name = try ArtifactName(request.artifact())
            let kind = try parameters.choice("kind", of: ArtifactKind.allCases.map(\.rawValue))
            let tier = try parameters.integer("tier", in: 0...4) ?? 1
            let file = try FilePath(parameters.text("file", limit: FilePath.maximumBytes) ?? "content")
            let tags = try parameters.text("tags", limit: RequestParameters.maximumBytes)
            func text(_ name: String) throws -> String {
                try parameters.text(name, limit: ArtifactMetadata.maximumTextBytes) ?? ""
            }
            let metadata = try ArtifactMetadata(
                created: service.now(), release: text("release"),
                description: parameters.text("description", limit: RequestParameters.maximumBytes) ?? "",
                bundle: text("bundle"), device: text("device"), model: text("model"),
                tags: tags?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? [])
            guard let stream = request.stream, let tier = PrivacyTier(rawValue: UInt8(tier)) else {
                throw APIError(.lengthRequired, "a body of this route states its length")
            }
            let new = Vault.NewArtifact(
                name: name, kind: kind.flatMap(ArtifactKind.init(rawValue:)) ?? .modelWeights, tier: tier, metadata: metadata)
            return .json(VaultBody.json(try await service.put(new, at: file, stream, by: caller)))
        }
    }
}
