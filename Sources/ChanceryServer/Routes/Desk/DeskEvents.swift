internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `POST /v1/agents/{id}/events`
    static func deskStamp(_ service: DeskService) -> Route {
        let outcome = Schema.object(
            [("decision", .hex(64)), ("status", .string(values: GateEvent.Outcome.Status.allCases.map(\.rawValue)))],
            optional: [("detail", .string(limit: 400)), ("result", .hex(32))])
        let document = RouteDocument(
            .post, "/v1/agents/{id}/events", id: "deskStamp", tag: "desk",
            summary:
                "Stamps events onto an agent's chain, all of them durable together before the answer; one sent twice is stamped "
                + "twice. Outcomes of actions may come along; they are written down some milliseconds later.",
            access: .roles([.agent, .operator]), parameters: [.deskAgent],
            body: .json(
                .object(
                    [("events", .array(.map(.any), limit: AgentDesk.eventsPerRequest))],
                    optional: [
                        ("outcomes", .array(outcome, limit: 64)),
                        ("profile", .string(values: StampProfile.allCases.map(\.rawValue))),
                    ])), bodyBytes: DeskService.bodyBytes, success: 201,
            content: .json(.object([("receipts", .array(DeskBody.receipt, limit: AgentDesk.eventsPerRequest))])),
            refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let (caller, agent) = (try request.requireCaller(), try request.deskAgent())
            return try await service.recording(document.id, caller) {
                try service.requireSigner(request, caller, for: agent)
                let body = try StampBody(request, caller)
                guard body.outcomes.isEmpty || service.outcomes != nil else {
                    throw NodeError(.notFound, "this home has no gate that takes outcomes")
                }
                let receipts = try await service.desk.stamp(
                    body.events, for: agent, profile: body.profile, by: caller.principal.keyID, bytes: request.body.count)
                for outcome in body.outcomes { try await service.outcomes?.note(outcome, of: agent) }
                return .json(["receipts": .array(receipts.map(DeskBody.json))])
            }
        }
    }

    /// `GET /v1/agents/{id}/chain`
    static func deskChain(_ service: DeskService) -> Route {
        let document = RouteDocument(
            .get, "/v1/agents/{id}/chain", id: "deskChain", tag: "desk",
            summary: "An agent's chain as it was signed, in order; for the agent itself and whoever oversees.",
            access: .roles([.agent, .operator, .approver, .auditor]),
            parameters: [
                .deskAgent, .query("after", .count, "Only events after this place: `next` of the page before."),
                .query("limit", .integer(1...500, standard: 50), "Most events a page."),
            ],
            content: .json(
                .object([
                    ("agent_id", .string()), ("chain", .any), ("events", .array(.any, limit: 500)),
                    ("next", .integer(0...CanonicalForm.largestSafeInteger, isOptional: true)), ("seals", .array(.any)),
                ])), refusals: [404])
        return Route(document) { request in
            let (caller, agent) = (try request.requireCaller(), try request.deskAgent())
            let after = try request.parameters.integer("after", in: 0...CanonicalForm.largestSafeInteger).map(Int.init)
            let limit = Int(try request.parameters.integer("limit", in: 1...500) ?? 50)
            return try await service.recording(document.id, caller) {
                try service.requireReader(caller, of: agent)
                return try await HomeServices.blocking {
                    let identity = try service.registry.agent(called: agent).identity
                    return .json(
                        DeskBody.json(try ChainPage.read(identity, after: after, limit: limit, from: service.store)))
                }
            }
        }
    }
}

/// What a client wants stamped.
private struct StampBody {
    let events: [JSONObject]
    let outcomes: [GateEvent.Outcome]
    let profile: StampProfile?

    init(_ request: APIRequest, _ caller: Caller) throws {
        var reader = try request.deskObject("request")
        events = try reader.array("events", limit: AgentDesk.eventsPerRequest).map { value in
            guard let event = value.object else { throw WireError(.wrongType, "an event is an object") }
            return event
        }
        guard !events.isEmpty else { throw APIError(.invalidParameter, "`events` holds at least one") }
        profile = try StampProfile(reading: &reader)
        outcomes =
            try reader.optional("outcomes") == nil
            ? []
            : reader.array("outcomes", limit: 64).map { value in
                var reader = try RecordReader(value, "outcome")
                let id = try DecisionID(reader.hex("decision", count: DecisionID.byteCount))
                let outcome = try GateEvent.Outcome(reading: &reader, of: id, by: caller)
                try reader.finish()
                return outcome
            }
        try reader.finish()
    }
}

extension GateEvent.Outcome {
    /// What a caller says came of the action of a decision.
    init(reading reader: inout RecordReader, of id: DecisionID, by caller: Caller) throws {
        let detail = try reader.optionalString("detail", limit: 400) ?? ""
        let result = try reader.optional("result") == nil ? nil : reader.hex("result", count: 32)
        guard let status = Status(rawValue: try reader.string("status", limit: 16)) else {
            throw APIError(.invalidParameter, "an outcome is done, failed or unknown")
        }
        self.init(id, status, result: result, detail: detail, caller: caller.principal.keyID)
    }
}
