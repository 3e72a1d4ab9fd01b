internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/gate/pending`
    static func gatePending(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/pending", id: "gatePending", tag: "gate", summary: "What waits for a person, oldest first.",
            access: .oversight, parameters: Paging.parameters, content: .json(Paging.schema("pending", .map(.any))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let open = try await HomeServices.blocking { try service.gate.questions() }
            let time = service.now()
            return paging.page("pending", of: open) { GateBody.json($0, at: time) }
        }
    }

    /// `POST /v1/gate/answers`
    static func gateAnswer(_ service: GateService) -> Route {
        let document = RouteDocument(
            .post, "/v1/gate/answers", id: "gateAnswer", tag: "gate",
            summary: "Takes a person's signed yes or no. What counts is the person's signature, not who sends it.",
            access: .roles([.operator, .approver]), body: .json(SignedRecordBody.schema), success: 202,
            content: .json(.map(.any)), refusals: [404, 409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            return .json(GateBody.json(try await service.gate.answer(request.body, by: caller.principal.keyID)))
        }
    }

    /// `GET /v1/gate/approvers`
    static func gateApprovers(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/approvers", id: "gateApprovers", tag: "gate", summary: "Who may approve.", access: .oversight,
            parameters: Paging.parameters,
            content: .json(
                Paging.schema(
                    "approvers",
                    .object([
                        ("approver", .string()), ("clearance", .string()), ("name", .string()), ("not_after", .time()),
                        ("not_before", .time()), ("status", .string()),
                    ]))))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let (found, time) = (try await HomeServices.blocking { try service.approvers.approvers() }, service.now())
            return paging.page("approvers", of: found) { GateBody.json($0, at: time) }
        }
    }
}
