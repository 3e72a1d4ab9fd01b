internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `POST /v1/agent-sessions`
    static func deskSessionStart(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .post, "/v1/agent-sessions", id: "deskSessionStart", tag: "desk",
            summary: "Starts a session of agents of the home: every pair shakes hands. For whoever has the home.",
            access: .roles([.agent, .operator]),
            body: .json(
                .object(
                    [("agents", .array(.object([("name", .text())], optional: [("role", .text(limit: 64))]), limit: 16))],
                    optional: [("lifetime", .integer(1...CanonicalForm.largestSafeInteger, standard: 86_400))])), success: 201,
            content: .json(.object([("session", .hex(16)), ("state", SessionBody.schema)])), refusals: [404, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            try await service.recording(document.id, caller) { try service.requireOwner(request, caller) }
            var reader = try request.object("session")
            let members = try reader.array("agents", limit: 16).map { value in
                var reader = try RecordReader(value, "member")
                let member = AgentDesk.Member(
                    try reader.string("name", limit: 256), role: try reader.optionalString("role", limit: 64))
                try reader.finish()
                return member
            }
            let lifetime = try APIRequest.optionalInteger(&reader, "lifetime", in: 1...CanonicalForm.largestSafeInteger)
            try reader.finish()
            let state = try await service.blocking {
                try service.desk.startSession(members, lifetime: lifetime ?? 86_400)
            }
            return .json([
                "session": .string(state.start.session.description), "state": .object(SessionBody.json(state)),
            ])
        }
    }

    /// `POST /v1/agent-sessions/{id}/events`
    static func deskSessionStamp(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .post, "/v1/agent-sessions/{id}/events", id: "deskSessionStamp", tag: "desk",
            summary:
                "Puts a step of a member on record. Values are hashed unless named in `clear`. With `peer`, signed by both: for "
                + "whoever has the home.",
            access: .roles([.agent, .operator]), parameters: [.deskSession],
            body: .json(
                .object(
                    [("agent", .text()), ("payload", .map(.any))],
                    optional: [
                        ("clear", .array(.text(), limit: 256)), ("event_type", .text(limit: 64)), ("peer", .text()),
                    ])), success: 201, content: .json(DeskBody.step), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let (caller, session) = (try request.requireCaller(), try request.deskSession())
            var reader = try request.deskObject("step")
            let agent = try reader.string("agent", limit: 256)
            let peer = try reader.optionalString("peer", limit: 256)
            try await service.recording(document.id, caller) {
                try service.requireSigner(request, caller, for: agent)
                if peer != nil { try service.requireOwner(request, caller) }
            }
            var payload = try reader.object("payload")
            let clear = try reader.optional("clear") == nil ? [] : reader.texts("clear", limit: 256)
            let named = try reader.optionalString("event_type", limit: 64)
            try reader.finish()
            let inside = payload["event_type"]?.string
            if named == nil, inside != nil { payload["event_type"] = nil }
            guard let type = named ?? inside, (1...64).contains(type.utf8.count) else {
                throw APIError(.invalidParameter, "`event_type` has 1 to 64 bytes")
            }
            let content = payload
            let step = try await service.blocking {
                try service.desk.stamp(in: session, from: agent, to: peer, eventType: type, payload: content, clear: clear)
            }
            return .json(DeskBody.json(step, in: session))
        }
    }

    /// `POST /v1/agent-sessions/{id}/end`
    static func deskSessionEnd(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .post, "/v1/agent-sessions/{id}/end", id: "deskSessionEnd", tag: "desk",
            summary: "Ends a session, which every member seals. For whoever has the home.",
            access: .roles([.agent, .operator]),
            parameters: [.deskSession], body: .json(.object([("agent", .text())])),
            content: .json(.object([("session", .hex(16)), ("state", SessionBody.schema)])), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let (caller, session) = (try request.requireCaller(), try request.deskSession())
            try await service.recording(document.id, caller) { try service.requireOwner(request, caller) }
            var reader = try request.object("end")
            let agent = try reader.string("agent", limit: 256)
            try reader.finish()
            let state = try await service.blocking { try service.desk.endSession(session, by: agent) }
            return .json(["session": .string(session.description), "state": .object(SessionBody.json(state))])
        }
    }

    /// `GET /v1/agent-sessions/{id}/export`
    static func deskSessionExport(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .get, "/v1/agent-sessions/{id}/export", id: "deskSessionExport", tag: "desk",
            summary: "The file that `chancery session verify` checks; for members and whoever oversees.",
            access: .roles([.agent, .operator, .approver, .auditor]),
            parameters: [
                .deskSession,
                .query(
                    "unsealed", .string(values: ["true", "false"]), "Of a session that has not ended: what was signed so far."),
            ], content: .bytes, refusals: [404, 422])
        return Route(document) { request in
            let (caller, session) = (try request.requireCaller(), try request.deskSession())
            let isSealed = try request.parameters.choice("unsealed", of: ["true", "false"]) != "true"
            return try await service.recording(document.id, caller) {
                try await service.blocking {
                    let state = try service.desk.session(session)
                    let oversees = !caller.principal.roles.isDisjoint(with: [.operator, .approver, .auditor])
                    guard try oversees || service.desk.isMember(caller.principal.name, of: state) else {
                        throw NodeError(.foreignAgent, "`\(caller.principal.name)` is no member of the session")
                    }
                    return .bytes(
                        try service.desk.export(session, sealed: isSealed), mediaType: "application/octet-stream")
                }
            }
        }
    }
}

extension RouteDocument.Parameter {
    static let deskSession = Self.path("id", .hex(16), "The session.")
}

extension APIRequest {
    /// The session that the path names.
    func deskSession() throws -> SessionID {
        try SessionID(RequestParameters.require(parameters.hex("id", counts: [SessionID.byteCount]), "id"))
    }
}
