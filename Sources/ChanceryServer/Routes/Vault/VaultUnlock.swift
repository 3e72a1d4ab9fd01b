internal import ChanceryAPI
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

extension Route {
    /// `POST /v1/vault/unlock`
    static func vaultUnlock(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .post, "/v1/vault/unlock", id: "vaultUnlock", tag: "vault",
            summary:
                "Unlocks the vault for a time; for the owner of the home, over a Unix socket. An unlocked one stays as it is.",
            access: .roles([.vaultAdmin]),
            body: .json(
                .object(
                    [("passphrase", .string(limit: 4096))],
                    optional: [("ttl", .integer(1...UnlockWindow.longestSeconds, standard: UnlockWindow.standardSeconds))])),
            bodyBytes: 1 << 16, content: .json(VaultBody.statusSchema), refusals: [415, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            guard service.isOwner(request, caller) else {
                let error = VaultError(.ownerOnly, "a vault is unlocked by the owner of its home, over a Unix socket")
                return try await service.blocking {
                    try service.host.refuse("unlock", error, by: caller.principal.keyID)
                }
            }
            var reader = try request.object("unlock")
            let secret = try reader.string("passphrase", limit: 4096)
            let seconds = try APIRequest.optionalInteger(&reader, "ttl", in: 1...UnlockWindow.longestSeconds)
            try reader.finish()
            return try await service.blocking {
                do {
                    var bytes = Array(secret.utf8)
                    try service.host.unlock(
                        SecretBytes(erasing: &bytes), seconds: seconds ?? UnlockWindow.standardSeconds,
                        by: caller.principal.keyID)
                } catch let error as VaultError where error.reason == .unlockDelayed {
                    try service.host.refuse("unlock", error, by: caller.principal.keyID)
                }
                let vault = try service.host.vault()
                return .json(try VaultBody.json(vault.status(), due: vault.dueKeys().count))
            }
        }
    }

    /// `POST /v1/vault/lock`
    static func vaultLock(_ service: VaultService) -> Route {
        let document = RouteDocument(
            .post, "/v1/vault/lock", id: "vaultLock", tag: "vault",
            summary: "Locks the vault at once: its roots are erased from memory, and whoever reads stops.",
            access: .roles([.vaultAdmin, .operator]), content: .json(.object([("state", .string(values: ["locked"]))])))
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await service.blocking {
                try service.host.lock(by: caller.principal.keyID)
                return .json(["state": "locked"])
            }
        }
    }
}
