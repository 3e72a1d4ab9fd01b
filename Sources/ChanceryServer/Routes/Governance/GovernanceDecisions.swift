internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/governance/decisions`
    static func governanceDecisions(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/decisions", id: "governanceDecisions", tag: "governance",
            summary: "What was decided, slot by slot.", access: .everyRole, parameters: Paging.parameters,
            content: .json(Paging.schema("decisions", DecisionBody.schema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let view = try await HomeServices.blocking { try service.desk.view() }
            return paging.page("decisions", of: view.decisions, DecisionBody.json)
        }
    }

    /// `GET /v1/governance/decisions/{slot}/file`
    static func governanceDecisionFile(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/decisions/{slot}/file", id: "governanceDecisionFile", tag: "governance",
            summary: "The decision of a slot with everything that a stranger needs to recompute it.", access: .everyRole,
            parameters: [.path("slot", .integer(1...CanonicalForm.largestSafeInteger), "The slot.")],
            content: .json(.map(.any)), refusals: [404])
        return Route(document) { request in
            let slot = try RequestParameters.require(
                request.parameters.integer("slot", in: 1...CanonicalForm.largestSafeInteger), "slot")
            return try await HomeServices.blocking {
                let view = try service.desk.view()
                guard slot <= view.head.slot else {
                    throw NodeError(.notFound, "slot \(slot) is not decided; the latest is \(view.head.slot)")
                }
                return .json(try DecisionFile.json(view.genesis, view.decisions.prefix(Int(slot))))
            }
        }
    }

    /// `POST /v1/governance/decisions/verify`
    static func governanceVerify(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .post, "/v1/governance/decisions/verify", id: "governanceVerify", tag: "governance",
            summary: "Recomputes a decision file from its genesis on, against the id of its federation.", access: .everyRole,
            parameters: [.query("federation", .hex(32), "The federation's id, known by another way than the file.")],
            body: .json(.map(.any)), bodyBytes: 16 << 20,
            content: .json(
                .object([
                    ("decided", .array(.object([("id", .hex(32)), ("kind", .string()), ("title", .string())]))),
                    ("epoch", .count), ("slot", .count), ("state_root", .hex(32)), ("strength", .string(values: ["decided"])),
                ])), refusals: [409, 415, 422])
        return Route(document) { request in
            let federation = try RequestParameters.require(
                request.parameters.hex("federation", counts: [32]), "federation")
            return try await HomeServices.blocking {
                let value = try JSONParser.parse(request.body, limits: .document)
                return .json(
                    DecisionFileBody.json(try DecisionFile(verifying: value, federation: FederationID(Hex.encode(federation)))))
            }
        }
    }
}
