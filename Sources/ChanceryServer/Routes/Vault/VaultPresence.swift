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
            let (caller, name) = (try request.requireCaller(), try request.artifact())
            var reader = try request.object("question")
            let right = try reader.string("right", limit: 16)
            guard let right = AccessRight(rawValue: right) else {
                throw VaultError(.policyMalformed, "`\(right)` is no right")
            }
            let agent = reader.optional("agent") == nil ? nil : try reader.string("agent", limit: 256)
            let version = try APIRequest.optionalInteger(&reader, "version", in: 1...CanonicalForm.largestSafeInteger)
            try reader.finish()
            return try await service.blocking {
                let (vault, entry, asker) = try service.find("presence", caller, for: agent) { vault in
                    (vault, try vault.entry(name, version: version), try service.reader(request, caller, claimed: agent))
                }
                return .json(try vault.askPresence(for: asker, entry, right: right).json)
            }
        }
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
