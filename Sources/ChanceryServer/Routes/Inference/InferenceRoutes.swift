internal import ChanceryAPI
internal import ChanceryInference
public import ChanceryNode
internal import ChancerySuite

extension RouteTable {
    /// What a service answers that runs a model on sealed requests.
    public static func inference(_ desk: InferenceDesk) -> [Route] { [.inferenceKey(desk), .inferenceRequest(desk)] }

    /// The same as an interface of its own, with nothing of the home beside it.
    public static func inferenceService(
        _ desk: InferenceDesk, _ services: HomeServices, metrics: ServerMetrics
    ) -> RouteTable {
        let routes = [Route.health(services), .ready(services), .metrics(services, metrics)] + inference(desk)
        return RouteTable(routes + [.description(services, of: routes.map(\.document))])
    }
}

/// The media types of sealed bytes (docs/spec/inference.md).
public enum InferenceMediaType {
    public static let request = "application/vnd.chancery.sealed-request"
    public static let response = "application/vnd.chancery.sealed-response"
    /// Most bytes of a sealed request.
    public static let requestBytes = 20 << 20
}

extension Route {
    /// `GET /v1/inference/key`
    static func inferenceKey(_ desk: InferenceDesk) -> Route {
        let document = RouteDocument(
            .get, "/v1/inference/key", id: "inferenceKey", tag: "inference",
            summary: "The signed statement about the key that requests are sealed to now.", access: .anyone,
            content: .json(.map(.any)))
        return Route(document) { _ in
            .bytes(try await desk.statement().record.bytes, mediaType: "application/json")
        }
    }

    /// `POST /v1/inference`
    static func inferenceRequest(_ desk: InferenceDesk) -> Route {
        let document = RouteDocument(
            .post, "/v1/inference", id: "inference", tag: "inference",
            summary: "Opens a sealed request and streams the model's answer, sealed; its last frame is a signed receipt.",
            access: .roles([.agent, .operator]),
            body: .text(InferenceMediaType.request),
            bodyBytes: InferenceMediaType.requestBytes,
            content: .text(InferenceMediaType.response), refusals: [404, 409, 415, 422, 429])
        return Route(document) { request in
            let caller = try request.requireCaller()
            let opened = try await desk.open(request.body, from: caller.principal.keyID)
            return .live(
                LiveAnswer(status: 200, mediaType: InferenceMediaType.response) { write in
                    try await desk.answer(opened, to: write)
                })
        }
    }
}
