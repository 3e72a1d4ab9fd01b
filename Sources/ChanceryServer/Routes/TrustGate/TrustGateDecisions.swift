internal import ChanceryAPI
public import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryWire

extension Route {
    private static let listing = Schema.object(
        [("next", .integer(isOptional: true)), ("total", .count)],
        optional: [
            ("decisions", .array(.map(.any), limit: 500)), ("entries", .array(.map(.any), limit: 500)), ("filter", .map(.any)),
        ])
    private static let before = RouteDocument.Parameter.query(
        "before", .count, "Only decisions before this position: `next` of the page before.")
    private static let limit = RouteDocument.Parameter.query(
        "limit", .integer(1...500, standard: 100), "Most decisions a page.")
    private static let agent = RouteDocument.Parameter.query("agent_id", .text(), "Only of this agent: name, DID or agent id.")

    /// `GET /api/decisions`
    static func seedDecisions(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/decisions", id: "seedDecisions", tag: "trustgate",
            summary: "What was decided, newest first; an agent hears of its own.",
            access: .roles([.agent, .operator, .approver, .auditor]), parameters: [agent, before, limit],
            content: .json(listing), refusals: [404])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let claimed = try request.parameters.text("agent_id")
            let search = try search(request.parameters)
            return try await HomeServices.blocking {
                var search = search
                search.agent = try service.agents.subject(claimed, of: caller, anybodyFor: .oversight)?.did.text
                return .json(try search.answer("decisions", service))
            }
        }
    }

    /// `GET /api/audit`
    static func seedAudit(_ service: TrustGateService) -> Route {
        let effects = Effect.allCases.map(\.rawValue)
        let document = RouteDocument(
            .get, "/api/audit", id: "seedAudit", tag: "trustgate",
            summary: "The journal of decisions, newest first. Each is an event of the gate's signed chain, named by its hash.",
            access: .oversight,
            parameters: [
                agent, before, .query("days", .integer(1...3660, standard: 30), "Only of so many days."), limit,
                .query("outcome", .string(values: effects), "Only of this outcome."),
            ], content: .json(listing), refusals: [404])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let claimed = try request.parameters.text("agent_id")
            let days = try request.parameters.integer("days", in: 1...3660) ?? 30
            let outcome = try request.parameters.choice("outcome", of: effects)
            let search = try search(request.parameters)
            return try await HomeServices.blocking {
                var search = search
                search.agent = try service.agents.subject(claimed, of: caller, anybodyFor: .oversight)?.did.text
                search.outcome = outcome
                search.since = service.now().advanced(bySeconds: -days * 86_400)
                let filter: JSONValue = [
                    "agent_id": SeedValue.text(claimed), "days": .integer(days), "outcome": SeedValue.text(outcome),
                ]
                return .json(try search.answer("entries", service, besides: ["filter": filter]))
            }
        }
    }

    private static func search(_ parameters: RequestParameters) throws -> DecisionSearch {
        DecisionSearch(
            before: try parameters.integer("before", in: 0...CanonicalForm.largestSafeInteger).map(UInt64.init),
            limit: Int(try parameters.integer("limit", in: 1...500) ?? 100))
    }

    /// `GET /api/decisions/{id}`
    static func seedDecision(_ service: TrustGateService) -> Route {
        let document = RouteDocument(
            .get, "/api/decisions/{id}", id: "seedDecision", tag: "trustgate",
            summary: "A decision and where it stands; an agent hears of its own.",
            access: .roles([.agent, .operator, .approver, .auditor]),
            parameters: [.path("id", .hex(64), "The decision's id.")], content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let history = try await service.history(request, request.requireCaller())
            return try await HomeServices.blocking { .json(.object(try service.json(history))) }
        }
    }

    /// `POST /api/decisions/{id}/approve` and `…/reject`
    static func seedAnswer(_ service: TrustGateService, _ choice: Approval.Choice) -> Route {
        let path: PathTemplate = choice == .approve ? "/api/decisions/{id}/approve" : "/api/decisions/{id}/reject"
        let document = RouteDocument(
            .post, path, id: choice == .approve ? "seedApprove" : "seedReject", tag: "trustgate",
            summary: "Takes a person's signed answer. A name, a token or a session without it answers nothing.",
            access: .roles([.operator, .approver]), parameters: [.path("id", .hex(64), "The decision's id.")],
            body: .json(
                .object(
                    [("approval", SignedRecordBody.schema)],
                    optional: [("justification", .any), ("principal_name", .any), ("token_id", .any)])),
            content: .json(.map(.any)), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let id = try await service.history(request, caller).id
            var reader = try RecordReader(
                JSONParser.parse(request.body, limits: .init(bytes: 1 << 17, depth: 26)), "answer")
            // Who answers and why stands in what they signed; these prove nothing.
            for name in ["justification", "principal_name", "token_id"] { _ = reader.optional(name) }
            let approval = reader.optional("approval")
            try reader.finish()
            guard let approval, !approval.isNull else {
                let error = GateError(
                    .approvalUnsigned, "`approval` is missing: only what a person signed with their own key counts")
                try await service.gate.refuse(
                    choice.rawValue, error, agent: "", caller: caller.principal.keyID, decision: id)
            }
            try await service.gate.answer(
                CanonicalForm.jcs.encode(approval), by: caller.principal.keyID, expecting: .init(choice, on: id))
            return try await HomeServices.blocking { .json(.object(try service.json(service.gate.history(of: id)))) }
        }
    }
}

extension GateError.Reason {
    /// Somebody answered for a person without their signature.
    public static let approvalUnsigned = Self(rawValue: "gate.approval_unsigned")
}
