internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `POST /v1/agents`
    static func deskRegister(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .post, "/v1/agents", id: "deskRegister", tag: "desk",
            summary: "Makes an agent whose keys the server keeps; for whoever has the home, over its Unix socket.",
            access: .roles([.agent, .operator]),
            body: .json(
                .object(
                    [("name", .text(limit: 64)), ("role", .text(limit: 64))],
                    optional: [("profile", .string(values: StampProfile.allCases.map(\.rawValue)))])),
            success: 201, content: .json(AgentBody.schema), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return try await service.recording(document.id, caller) {
                try service.requireOwner(request, caller)
                var reader = try request.object("agent")
                let (name, role) = (try reader.string("name", limit: 64), try reader.string("role", limit: 64))
                let profile = try StampProfile(reading: &reader)
                try reader.finish()
                return .json(
                    AgentBody.json(
                        try await service.blocking { try service.desk.register(name, role: role, profile: profile) }))
            }
        }
    }

    /// `POST /v1/agents/{id}/handshakes`
    static func deskHandshake(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .post, "/v1/agents/{id}/handshakes", id: "deskHandshake", tag: "desk",
            summary: "Shakes hands for two agents of the home; for whoever has the home, who answers for both.",
            access: .roles([.agent, .operator]), parameters: [.deskAgent],
            body: .json(
                .object(
                    [("peer", .text())],
                    optional: [
                        ("capabilities", .array(.text(limit: 64), limit: 64)),
                        ("lifetime", .integer(1...CanonicalForm.largestSafeInteger, standard: 3600)), ("payload", .map(.any)),
                    ])),
            success: 201,
            content: .json(
                .object([
                    ("capabilities", .array(.string())), ("expires", .time()), ("handshake", .hex(32)),
                    ("initiator", .string()), ("responder", .string()), ("session", .hex(16)),
                ])), refusals: [404, 415, 422])
        return Route(document) { request in
            let (caller, agent) = (try request.requireCaller(), try request.deskAgent())
            try await service.recording(document.id, caller) { try service.requireOwner(request, caller) }
            var reader = try request.deskObject("handshake")
            let peer = try reader.string("peer", limit: 256)
            let names = try reader.optional("capabilities") == nil ? [] : reader.texts("capabilities", limit: 64)
            let payload = try reader.optional("payload") == nil ? JSONObject() : reader.object("payload")
            let lifetime = try APIRequest.optionalInteger(&reader, "lifetime", in: 1...CanonicalForm.largestSafeInteger)
            try reader.finish()
            return .json(
                DeskBody.json(
                    try await service.blocking {
                        try service.desk.shakeHands(
                            agent, with: peer, capabilities: names, payload: payload, lifetime: lifetime ?? 3600)
                    }))
        }
    }
}

extension RouteDocument.Parameter {
    static let deskAgent = Self.path("id", .text(), "The agent: name, DID or agent id.")
}

extension APIRequest {
    /// The agent that the path names.
    func deskAgent() throws -> String { try RequestParameters.require(parameters.text("id"), "id") }

    /// The members of a JSON body that may hold payloads.
    func deskObject(_ name: String) throws -> RecordReader {
        try RecordReader(JSONParser.parse(body, limits: .init(bytes: DeskService.bodyBytes, depth: 70, values: 1 << 18)), name)
    }
}

extension RecordReader {
    mutating func texts(_ name: String, limit: Int) throws -> [String] {
        try array(name, limit: limit).map { value in
            guard let text = value.string, (1...256).contains(text.utf8.count) else {
                throw WireError(.wrongType, "`\(name)` holds texts of 1 to 256 bytes")
            }
            return text
        }
    }
}

extension StampProfile {
    /// The member `profile`, which may be absent.
    init?(reading reader: inout RecordReader) throws {
        guard let text = try reader.optionalString("profile", limit: 16) else { return nil }
        guard let profile = StampProfile(rawValue: text) else {
            throw APIError(.invalidParameter, "a profile is \(StampProfile.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = profile
    }
}
