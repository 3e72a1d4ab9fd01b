internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/governance/proposals`
    static func governanceProposals(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/proposals", id: "governanceProposals", tag: "governance",
            summary: "Proposals in the order in which this node learned of them, and where each stands.", access: .everyRole,
            parameters: Paging.parameters,
            content: .json(Paging.schema("proposals", ProposalBody.summarySchema)))
        return Route(document) { request in
            let paging = try Paging(request.parameters)
            let view = try await HomeServices.blocking { try service.desk.view() }
            let now = service.now()
            return paging.page("proposals", of: view.proposals) { ProposalBody.summary($0, in: view, at: now) }
        }
    }

    /// `GET /v1/governance/proposals/{id}`
    static func governanceProposal(_ service: FederationService) -> Route {
        let document = RouteDocument(
            .get, "/v1/governance/proposals/{id}", id: "governanceProposal", tag: "governance",
            summary: "A proposal: what was signed, its six words, and where the voting stands.", access: .everyRole,
            parameters: [.path("id", .hex(32), "The proposal's id.")], content: .json(ProposalBody.fullSchema), refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.hex("id", counts: [32]), "id")
            return try await HomeServices.blocking {
                let view = try service.desk.view()
                let proposal = try view.proposal(Hex.encode(id))
                return .json(
                    ProposalBody.full(
                        proposal, try service.fingerprints.fingerprint(of: proposal.id), in: view, at: service.now()))
            }
        }
    }
}
