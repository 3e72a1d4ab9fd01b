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
                A file of a version, or all of them one after another, whole or one range, for an agent whom a rule, a writ and \
                an unlocked vault allow it: one use. When that ends on the way, so does the connection, before the stated length.
                """,
            access: .roles([.agent, .vaultAdmin]),
            parameters: [
                .artifact, .version, .query("file", .text(limit: FilePath.maximumBytes), "Its path; the only file without it."),
                .query("agent", .text(), "For which agent the owner of the home reads, over a Unix socket."),
                .query(
                    "right", .string(values: AccessRight.allCases.map(\.rawValue)),
                    "`export` to keep a copy that nobody can call back; `read` without it."),
                .query(
                    "all", .string(values: ["true"]), "Every file of the version, in the order of its manifest, instead of one."
                ),
                .query(
                    "exact", .string(values: ["true"]),
                    "Refuse a range that reaches beyond the end, instead of giving what there is of it."),
                .header(APIRequest.presenceHeader, .string(), "The answer to a question of presence, base64url."),
            ], content: .bytes, isRanged: true, refusals: [404, 409, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            // What is malformed is refused on record too.
            let agent = try? request.parameters.text("agent")
            let (wanted, entry, reader) = try await service.finding("get", request, for: agent) { vault in
                let wanted = try ContentQuery(request)
                let entry = try vault.entry(wanted.name, version: wanted.version)
                return (wanted, entry, try service.reader(request, caller, claimed: wanted.agent))
            }
            return .content(try await service.read(entry, wanted, by: reader))
        }
    }
}

/// Which content a request asks for, and with what right.
struct ContentQuery: Sendable {
    let name: String
    let version: Int64?
    let part: ContentPart
    /// For whom, as the caller says.
    let agent: String?
    let right: AccessRight
    let presence: PresenceAnswer?
    let range: String?
    /// Whether all of the range must be there.
    let isExact: Bool
    let ifRange: String?

    init(_ request: APIRequest) throws {
        (name, version) = try (request.artifact(), request.version())
        agent = try request.parameters.text("agent")
        let file = try request.parameters.text("file", limit: FilePath.maximumBytes).map { try FilePath($0) }
        let isWhole = try request.parameters.choice("all", of: ["true"]) != nil
        guard !isWhole || file == nil else {
            throw APIError(.invalidParameter, "`all` and `file` do not go together")
        }
        part = isWhole ? .all : .file(file)
        let right = try request.parameters.choice("right", of: AccessRight.allCases.map(\.rawValue))
        self.right = right.flatMap(AccessRight.init(rawValue:)) ?? .read
        presence = try request.presence()
        range = request.head.headerFields[.range]
        isExact = try request.parameters.choice("exact", of: ["true"]) != nil
        ifRange = request.head.headerFields[.ifRange]
    }
}
