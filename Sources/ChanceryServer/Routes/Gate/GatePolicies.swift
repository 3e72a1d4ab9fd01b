internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    private static let activation = Schema.object(
        [
            ("activated_at", .time()), ("activated_by", .string()), ("comment", .string()), ("name", .string()),
            ("policy", .hex(32)), ("previous", .string(isOptional: true)), ("proposal", .string(isOptional: true)),
            ("version", .string()),
        ], optional: [("text", .string())])

    /// `GET /v1/gate/policy`
    static func gatePolicy(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/policy", id: "gatePolicy", tag: "gate",
            summary: "The policy that decides now, with its text. Without one everything is denied.", access: .everyRole,
            content: .json(activation), refusals: [404])
        return Route(document) { _ in
            guard let active = try await HomeServices.blocking({ try service.gate.activePolicy() }) else {
                throw NodeError(.notFound, "no policy is active; everything is denied")
            }
            return .json(GateBody.json(active, withText: true))
        }
    }

    /// `GET /v1/gate/policies`
    static func gatePolicies(_ service: GateService) -> Route {
        let document = RouteDocument(
            .get, "/v1/gate/policies", id: "gatePolicies", tag: "gate",
            summary: "Every policy that was ever active, newest first.", access: .oversight, parameters: Paging.parameters,
            content: .json(Paging.schema("policies", activation)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await HomeServices.blocking { try service.gate.activations() }
            return paging.page("policies", of: found) { GateBody.json($0) }
        }
    }

    /// `POST /v1/gate/policies`
    static func gateActivate(_ service: GateService) -> Route {
        let document = RouteDocument(
            .post, "/v1/gate/policies", id: "gateActivate", tag: "gate",
            summary: "Lets the gate decide by another policy from now on; where a committee exists, by the one that it voted.",
            access: .roles([.operator]),
            body: .json(
                .object(
                    [("text", .string(limit: PolicyActivation.maximumBytes))], optional: [("comment", .string(limit: 1024))])),
            bodyBytes: PolicyActivation.maximumBytes * 2, success: 201, content: .json(activation), refusals: [409, 415, 422])
        return Route(document) { request in
            let caller = try request.requireCaller()
            var reader = try RecordReader(
                JSONParser.parse(request.body, limits: .init(bytes: PolicyActivation.maximumBytes * 2, depth: 2)), "policy")
            let text = try reader.string("text", limit: PolicyActivation.maximumBytes)
            let comment = try reader.optionalString("comment", limit: 1024) ?? ""
            try reader.finish()
            return .json(
                GateBody.json(try await service.gate.activate(text, by: caller.principal.keyID, comment: comment)))
        }
    }
}
