internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/governance/operations`
    static func governanceOperations(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/operations", id: "governanceOperations", tag: "governance",
            summary: "What happened, in the order in which this node learned of it, in the words of pqc-ai-governance.",
            access: .oversight,
            parameters: Paging.parameters + [
                .query(
                    "operation", .string(values: ReferenceAuditOperation.allCases.map(\.rawValue)), "Only this operation.")
            ], content: .json(Paging.schema("operations", OperationBody.schema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let wanted = try request.parameters.choice("operation", of: ReferenceAuditOperation.allCases.map(\.rawValue))
            let found = try await HomeServices.blocking { try service.desk.operations() }
            return paging.page(
                "operations", of: found.filter { wanted == nil || $0.operation.rawValue == wanted }, OperationBody.json)
        }
    }

    /// `GET /v1/governance/equivocations`
    static func governanceEquivocations(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/equivocations", id: "governanceEquivocations", tag: "governance",
            summary: "Members that contradicted themselves, and whether the federation excluded them.", access: .everyRole,
            parameters: Paging.parameters,
            content: .json(Paging.schema("equivocations", EquivocationBody.schema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let found = try await HomeServices.blocking { try service.desk.equivocations() }
            return paging.page("equivocations", of: found, EquivocationBody.json)
        }
    }
}
