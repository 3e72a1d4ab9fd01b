internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    /// `POST /v1/gate/decisions`
    static func gateDecide(_ service: GateService) -> Route {
        let document = RouteDocument(
            .post, "/v1/gate/decisions", id: "gateDecide", tag: "gate",
            summary:
                "Decides whether an agent may do something now, durably before it answers. A dry run stores nothing and allows nothing.",
            access: .roles([.agent, .operator]), parameters: [.gateAgent], body: .json(ActionBody.deciding),
            bodyBytes: GatedAction.maximumBytes * 2, content: .json(.oneOf(ActionBody.answer, .map(.any))),
            refusals: [404, 409, 415, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let (body, agent) = try await service.recording("decide", caller) {
                let body = try ActionBody(request, mayUse: true)
                return (body, try service.agent(body.agent, of: caller))
            }
            if body.isRehearsal {
                let decision = try await service.gate.rehearse(body.action, for: agent, by: caller.principal.keyID)
                return .json(GateBody.json(decision))
            }
            return .json(
                GateBody.answer(
                    try await service.gate.decide(
                        body.action, for: agent, by: caller.principal.keyID, usedAtOnce: body.isUsedAtOnce)))
        }
    }

    /// `GET /v1/gate/decisions`
    static func gateDecisions(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/decisions", id: "gateDecisions", tag: "gate", summary: "What was decided, newest first.",
            access: .oversight,
            parameters: [
                .query("before", .count, "Only decisions before this position: `next` of the page before."),
                .query("limit", .integer(1...500, standard: 50), "Most decisions a page."),
                .query("agent", .text(), "Only of this agent: name, DID or agent id."),
                .query("effect", .string(values: Effect.allCases.map(\.rawValue)), "Only with this effect."),
            ], content: .json(.object([("decisions", .array(.map(.any), limit: 500)), ("next", .integer(isOptional: true))])))
        return Route(document) { request in
            let before = try request.parameters.integer("before", in: 0...CanonicalForm.largestSafeInteger).map(UInt64.init)
            let limit = Int(try request.parameters.integer("limit", in: 1...500) ?? 50)
            let name = try request.parameters.text("agent")
            let effect = try request.parameters.choice("effect", of: Effect.allCases.map(\.rawValue))
            let (found, next) = try await HomeServices.blocking {
                let agent = try name.map { try service.gate.did(of: $0).text }
                return try DecisionSearch(agent: agent, outcome: effect, before: before, limit: limit).run(service.gate)
            }
            return .json([
                "decisions": .array(found.map { GateBody.json($0) }),
                "next": next.map { .integer(Int64(clamping: $0)) } ?? .null,
            ])
        }
    }

    /// `GET /v1/gate/decisions/{id}`
    static func gateDecision(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/decisions/{id}", id: "gateDecision", tag: "gate",
            summary: "A decision, what it was decided from, and all that followed.",
            access: .roles([.agent, .operator, .approver, .auditor]),
            parameters: [
                .path("id", .hex(64), "The decision's id."),
                .query("wait", .integer(0...60, standard: 0), "Wait so many seconds for a person's answer."),
            ], content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let id = try DecisionID(RequestParameters.require(request.parameters.hex("id", counts: [64]), "id"))
            let wait = try request.parameters.integer("wait", in: 0...60) ?? 0
            let asked = try await HomeServices.blocking { try service.gate.history(of: id) }
            try service.requireHearing(asked.decision, caller)
            if wait > 0, try service.gate.standing(of: id) != nil {
                _ = try await service.gate.settled(id, until: service.now().advanced(bySeconds: wait))
            }
            return try await HomeServices.blocking {
                .json(GateBody.json(try service.gate.history(of: id), standing: try service.gate.standing(of: id)))
            }
        }
    }

    /// `POST /v1/gate/decisions/{id}/redeem`
    static func gateRedeem(_ service: GateService) -> Route {
        let document = RouteDocument(
            .post, "/v1/gate/decisions/{id}/redeem", id: "gateRedeem", tag: "gate",
            summary: "Uses a permission, once, just before the action happens. Who hears an error must not act.",
            access: .roles([.agent, .operator]), parameters: [.path("id", .hex(64), "The decision's id."), .gateAgent],
            body: .json(ActionBody.schema), bodyBytes: GatedAction.maximumBytes * 2,
            content: .json(.object([("decision", .hex(64)), ("redeemed", .bool)])), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let id = try DecisionID(RequestParameters.require(request.parameters.hex("id", counts: [64]), "id"))
            let (body, agent) = try await service.recording("redeem", caller) {
                let body = try ActionBody(request)
                guard !body.isRehearsal else { throw APIError(.invalidParameter, "a permission is not used for a dry run") }
                return (body, try service.agent(body.agent, of: caller))
            }
            try await service.gate.redeem(id, body.action, for: agent, by: caller.principal.keyID)
            return .json(["decision": .string(id.text), "redeemed": .bool(true)])
        }
    }

    /// `POST /v1/gate/decisions/{id}/outcome`
    static func gateOutcome(_ service: GateService) -> Route {
        let document = RouteDocument(
            .post, "/v1/gate/decisions/{id}/outcome", id: "gateOutcome", tag: "gate",
            summary: "Notes what came of an action whose permission was used.", access: .roles([.agent, .operator]),
            parameters: [.path("id", .hex(64), "The decision's id."), .gateAgent],
            body: .json(
                .object(
                    [("status", .string(values: GateEvent.Outcome.Status.allCases.map(\.rawValue)))],
                    optional: [("agent", .text()), ("detail", .string(limit: 400)), ("result", .hex(32))])),
            content: .json(.object([("decision", .hex(64)), ("status", .string())])), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let id = try DecisionID(RequestParameters.require(request.parameters.hex("id", counts: [64]), "id"))
            let (outcome, agent) = try await service.recording("outcome", caller) {
                var reader = try RecordReader(JSONParser.parse(request.body), "outcome")
                let agent = try service.agent(
                    request.agentOfQuery(orNamed: reader.optionalString("agent", limit: 256)), of: caller)
                let outcome = try GateEvent.Outcome(reading: &reader, of: id, by: caller)
                try reader.finish()
                return (outcome, agent)
            }
            try await service.gate.note(outcome, of: agent)
            return .json(["decision": .string(id.text), "status": .string(outcome.status.rawValue)])
        }
    }

    /// `GET /v1/gate/orphans`
    static func gateOrphans(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/orphans", id: "gateOrphans", tag: "gate",
            summary: "Permissions that were used within the last day and of whose action nobody said what came of it.",
            access: .oversight, parameters: Paging.parameters,
            content: .json(Paging.schema("orphans", .map(.any))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await HomeServices.blocking {
                try service.gate.orphans(since: service.now().advanced(bySeconds: -86_400), grace: 60)
            }
            return paging.page("orphans", of: found) { GateBody.json($0, standing: nil) }
        }
    }
}
