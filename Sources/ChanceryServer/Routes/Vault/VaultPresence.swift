internal import ChanceryAPI
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import HTTPTypes

extension Route {
    /// `POST /v1/vault/artifacts/{artifact}/presence`
    static func vaultPresence(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .post, "/v1/vault/artifacts/{artifact}/presence", id: "vaultPresence", tag: "vault",
            summary: """
                Asks whether a person is there for what an agent is about to read. An approver of the home signs the question \
                within 60 seconds, and the reading brings the answer, once.
                """,
            access: .roles([.agent, .vaultAdmin]), parameters: [.artifact],
            body: .json(
                .object(
                    [("right", .string(values: AccessRight.allCases.map(\.rawValue)))],
                    optional: [("agent", .string(limit: 256)), ("version", .integer(1...CanonicalForm.largestSafeInteger))])),
            success: 201, content: .json(VaultBody.presenceSchema), refusals: [404, 409, 415, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await service.blocking {
                // What is malformed is refused on record too.
                let agent = try? PresenceQuery(request).agent
                let (vault, wanted, entry, asker) = try service.find("presence", caller, for: agent) { vault in
                    let wanted = try PresenceQuery(request)
                    let entry = try vault.entry(wanted.name, version: wanted.version)
                    return (vault, wanted, entry, try service.reader(request, caller, claimed: wanted.agent))
                }
                return .json(try vault.askPresence(for: asker, entry, right: wanted.right).json)
            }
        }
    }
}

/// About which reading a person is to be asked.
private struct PresenceQuery {
    let name: String
    let version: Int64?
    /// For whom, as the caller says.
    let agent: String?
    let right: AccessRight

    init(_ request: APIRequest) throws {
        name = try request.artifact()
        var reader = try request.object("question")
        let text = try reader.string("right", limit: 16)
        guard let right = AccessRight(rawValue: text) else {
            throw VaultError(.policyMalformed, "`\(text)` is no right")
        }
        self.right = right
        agent = reader.optional("agent") == nil ? nil : try reader.string("agent", limit: 256)
        version = try APIRequest.optionalInteger(&reader, "version", in: 1...CanonicalForm.largestSafeInteger)
        try reader.finish()
    }
}

extension APIRequest {
    /// The header that brings the answer to a question of presence.
    static let presenceHeader = "Chancery-Presence"
    private static let presenceBytes = 1 << 14

    /// A signed answer to a question of presence; nil without one.
    func presence() throws -> PresenceAnswer? {
        guard let name = HTTPField.Name(Self.presenceHeader), let text = head.headerFields[name] else { return nil }
        guard text.utf8.count <= Self.presenceBytes, let bytes = try? Base64.url.decode(text) else {
            throw APIError(.invalidParameter, "`\(Self.presenceHeader)` is the base64url of a signed answer")
        }
        return .signed(bytes)
    }
}
