internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    private static let safe = 1...CanonicalForm.largestSafeInteger

    /// `POST /v1/vault/artifacts/{artifact}/grants`
    static func vaultGrant(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .post, "/v1/vault/artifacts/{artifact}/grants", id: "vaultGrant", tag: "vault",
            summary: "Lets an agent open a version for a time, in a home without a committee.", access: .roles([.vaultAdmin]),
            parameters: [.artifact],
            body: .json(
                .object(
                    [("agent", .string(limit: 256)), ("lifetime", .integer(1...LocalGrant.longestLifetime))],
                    optional: [("version", .integer(safe))])), success: 201,
            content: .json(.object([("agent", .string()), ("manifest", .hex(32)), ("until", .time())])),
            refusals: [404, 409, 415])
        return Route(document) { request in
            let (caller, name) = (try request.requireCaller(), try request.artifact())
            var reader = try request.object("grant")
            let agent = try reader.string("agent", limit: 256)
            let lifetime = try reader.integer("lifetime", in: 1...LocalGrant.longestLifetime)
            let version = try APIRequest.optionalInteger(&reader, "version", in: safe)
            try reader.finish()
            return try await service.blocking {
                let (vault, entry, did) = try service.find("grant", caller) { vault in
                    // A retired agent is granted nothing.
                    (vault, try vault.entry(name, version: version), try service.activeDID(of: agent))
                }
                let grant = try vault.grant(entry, to: did, lifetime: lifetime, by: caller.principal.keyID)
                return .json(VaultBody.granted(grant))
            }
        }
    }

    /// `POST /v1/vault/artifacts/{artifact}/revocations`
    static func vaultRevoke(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .post, "/v1/vault/artifacts/{artifact}/revocations", id: "vaultRevoke", tag: "vault",
            summary: "Takes back what an agent was granted; whoever reads stops at once.", access: .roles([.vaultAdmin]),
            parameters: [.artifact],
            body: .json(.object([("agent", .string(limit: 256))], optional: [("version", .integer(safe))])),
            content: .json(.object([("agent", .string()), ("manifest", .hex(32))])), refusals: [404, 409, 415])
        return Route(document) { request in
            let (caller, name) = (try request.requireCaller(), try request.artifact())
            var reader = try request.object("revocation")
            let agent = try reader.string("agent", limit: 256)
            let version = try APIRequest.optionalInteger(&reader, "version", in: safe)
            try reader.finish()
            return try await service.blocking {
                let (vault, entry, did) = try service.find("revoke", caller) { vault in
                    (vault, try vault.entry(name, version: version), try service.did(of: agent))
                }
                try vault.revoke(entry, from: did, by: caller.principal.keyID)
                return .json(VaultBody.revoked(did, entry))
            }
        }
    }
}
