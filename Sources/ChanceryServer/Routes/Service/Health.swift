internal import ChanceryAPI
internal import ChanceryWire

extension Route {
    /// `GET /health`
    static func health(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/health", id: "health", tag: "service", summary: "The process runs and answers.", access: .anyone,
            content: .json(.object([("status", .string(values: ["ok"])), ("version", .string())])))
        return Route(document) { _ in .json(["status": "ok", "version": .string(services.release)]) }
    }
}
