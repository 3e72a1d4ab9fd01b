internal import ChanceryAPI
internal import ChanceryCustodian
internal import ChanceryWire

extension Route {
    /// `POST /v1/compute/federation`
    static func computeFederation(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/federation", id: "computeFederation", tag: "compute",
            summary: "Shows every custodian what the federation decided and that it is the latest; each recomputes it.",
            access: .anyone, body: .json(.map(.any)), bodyBytes: ComputeDesk.decisionBytes,
            content: .json(.array(.map(.any))), refusals: [409, 422, 503])
        return Route(document) { request in
            .json(ComputeDesk.json(try await desk.coordinator.govern(request.body)))
        }
    }

    /// `POST /v1/compute/freezes`
    static func computeFreeze(_ desk: ComputeDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/compute/freezes", id: "computeFreeze", tag: "compute",
            summary: "Shows every custodian the certificate of a freeze, which acts at once and alone.", access: .anyone,
            body: .json(.map(.any)), bodyBytes: ComputeDesk.decisionBytes, content: .json(.array(.map(.any))),
            refusals: [409, 422, 503])
        return Route(document) { request in
            .json(ComputeDesk.json(try await desk.coordinator.freeze(request.body)))
        }
    }
}
