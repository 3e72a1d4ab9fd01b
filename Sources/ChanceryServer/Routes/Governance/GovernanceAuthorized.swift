internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// As ``Scope`` reads it.
    private static let scopePattern = "^(\\*|[a-z0-9][a-z0-9._-]{0,31}(/[a-z0-9][a-z0-9._-]{0,31}){0,7})$"

    /// `GET /v1/governance/authorized`
    static func governanceAuthorized(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/authorized", id: "governanceAuthorized", tag: "governance",
            summary: "Whether a model or agent may act in a scope, as far as this node knows.", access: .everyRole,
            parameters: [
                .query("manifest", .hex(32), "The digest of a model's manifest."),
                .query("agent", .string(pattern: "^did:pqaid:[0-9a-f]{64}$"), "An agent's DID."),
                .query("scope", .string(pattern: scopePattern), "Where; everything when absent."),
                .query("room", .string(values: Room.allCases.map(\.rawValue)), "Where work would happen."),
            ],
            content: .json(
                .object([
                    ("authorized", .bool), ("proposal", .string(isOptional: true)), ("reason", .string(isOptional: true)),
                    ("slot", .count),
                ])))
        return Route(document) { request in
            let manifest = try request.parameters.hex("manifest", counts: [32])
            let agent = try request.parameters.text("agent")
            guard (manifest == nil) != (agent == nil) else {
                throw APIError(.invalidParameter, "one of `manifest` and `agent` names the subject")
            }
            let subject: Subject
            if let manifest { subject = .model(manifest) } else { subject = .agent(try DID(agent ?? "")) }
            let room = try request.parameters.choice("room", of: Room.allCases.map(\.rawValue)).flatMap(Room.init(rawValue:))
            let scope = try Scope(request.parameters.text("scope") ?? Scope.everything.text)
            let (slot, answer) = await service.node.answer(subject, in: scope, room: room)
            return .json([
                "authorized": .bool(answer.authority != nil),
                "proposal": answer.authority.map { .string(Hex.encode($0.proposal)) } ?? .null,
                "reason": answer.denial.map { .string($0.rawValue) } ?? .null, "slot": .integer(slot),
            ])
        }
    }
}
