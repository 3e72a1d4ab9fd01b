internal import ChanceryAPI
internal import ChanceryWire

extension Route {
    /// `GET /openapi.json`: what `others` and this route say about themselves.
    static func description(
        _ services: HomeServices, title: String = "Chancery", of others: [RouteDocument]
    ) -> Route {
        let document = RouteDocument(
            .get, "/openapi.json", id: "description", tag: "service", summary: "This interface in OpenAPI 3.1.",
            access: .anyone,
            content: .json(.map(.any)))
        let json = OpenAPIDocument.json(title: title, release: services.release, others + [document])
        return Route(document) { _ in .json(json) }
    }
}
