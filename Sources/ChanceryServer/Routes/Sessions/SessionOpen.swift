internal import ChanceryAPI
internal import ChanceryWire

extension Route {
    /// `POST /v1/sessions`
    static func sessionOpen(_ authenticator: Authenticator) -> Route {
        let document = RouteDocument(
            .post, "/v1/sessions", id: "sessionOpen", tag: "sessions",
            summary: "Opens a short session: its token stands for a signature until it ends.", access: .everyRole, success: 201,
            content: .json(
                .object([
                    ("expires_in", .integer(1...3600)), ("name", .string()), ("roles", .array(.string())), ("token", .string()),
                ])))
        return Route(document) { request in
            let caller = try request.requireCaller()
            let token = try authenticator.openSession(for: caller)
            return .json([
                "expires_in": .integer(SessionBook.lifetime.components.seconds), "name": .string(caller.principal.name),
                "roles": .array(caller.principal.roles.map(\.rawValue).sorted().map { .string($0) }),
                "token": .string(token.text),
            ])
        }
    }

    /// `POST /v1/sessions/end`
    static func sessionEnd(_ authenticator: Authenticator) -> Route {
        let document = RouteDocument(
            .post, "/v1/sessions/end", id: "sessionEnd", tag: "sessions", summary: "Ends the caller's session at once.",
            access: .everyRole, content: .json(.object([("ended", .bool)])))
        return Route(document) { request in
            .json(["ended": .bool(authenticator.closeSession(of: try request.requireCaller()))])
        }
    }
}
