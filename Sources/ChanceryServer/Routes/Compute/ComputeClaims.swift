internal import ChanceryAPI
internal import ChanceryCustodian
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

extension Route {
    /// `POST /v1/compute/claims`
    static func computeClaim(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/claims", id: "computeClaim", tag: "compute",
            summary: "Has a claim certified and gives each custodian's shares of the masks, sealed to the client.",
            access: .anyone, body: .json(.map(.any)), bodyBytes: ComputeDesk.bodyBytes, content: .json(.map(.any)),
            refusals: [401, 404, 409, 422, 429])
        return Route(document) { request in
            let form = try ClaimForm(ComputeDesk.value(request.body))
            let grant = try await desk.coordinator.claim(
                form.program, secrets: form.isForSecrets, ticket: Ticket.verify(form.ticket, by: form.client),
                claim: Claim.verify(form.claim, by: form.client), rows: form.rows)
            return .json(grant.json)
        }
    }

    /// `POST /v1/compute/claims/{claim}/submission`
    static func computeSubmit(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/claims/{claim}/submission", id: "computeSubmit", tag: "compute",
            summary: "Hands masked values to the custodians and gives their results, sealed to the client.", access: .anyone,
            parameters: [.path("claim", .hex(32), "The claim's id.")], body: .json(.map(.any)),
            bodyBytes: ComputeDesk.bodyBytes, content: .json(.map(.any)), refusals: [401, 404, 409, 422, 429])
        return Route(document) { request in
            let form = try SubmissionForm(ComputeDesk.value(request.body))
            let claim = try RequestParameters.require(request.parameters.hex("claim", counts: [32]), "claim")
            let answer = try await desk.coordinator.submit(
                form.program, claim: claim, record: form.submission, by: form.client, frames: form.frames)
            return .json(answer.json)
        }
    }
}
