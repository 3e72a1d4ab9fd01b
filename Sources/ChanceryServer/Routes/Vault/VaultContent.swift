internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire
internal import HTTPTypes

extension Route {
    /// `GET /v1/vault/artifacts/{artifact}/content`
    static func vaultContent(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .get, "/v1/vault/artifacts/{artifact}/content", id: "vaultContent", tag: "vault",
            summary: """
                A file of a version, whole or one range, for an agent whom a rule, a writ and an unlocked vault allow it. When \
                that ends on the way, so does the connection, before the stated length.
                """,
            access: .roles([.agent, .vaultAdmin]),
            parameters: [
                .artifact, .version, .query("file", .text(limit: FilePath.maximumBytes), "Its path; the only file without it."),
                .query("agent", .text(), "For which agent the owner of the home reads, over a Unix socket."),
                .query(
                    "right", .string(values: AccessRight.allCases.map(\.rawValue)),
                    "`export` to keep a copy that nobody can call back; `read` without it."),
            ], content: .bytes, isRanged: true, refusals: [404, 409, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let (name, version) = try (request.artifact(), request.version())
            let file = try request.parameters.text("file", limit: FilePath.maximumBytes).map { try FilePath($0) }
            let agent = try request.parameters.text("agent")
            let right = try request.parameters.choice("right", of: AccessRight.allCases.map(\.rawValue))
            let (entry, reader) = try await service.finding("get", request) { vault in
                try (vault.entry(name, version: version), service.reader(request, caller, claimed: agent))
            }
            return .content(
                try await service.read(
                    entry, file, by: reader, right: right.flatMap(AccessRight.init(rawValue:)) ?? .read,
                    range: request.head.headerFields[.range], ifRange: request.head.headerFields[.ifRange]))
        }
    }
}
