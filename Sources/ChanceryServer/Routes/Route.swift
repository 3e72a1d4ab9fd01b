public import ChanceryAPI

/// One thing that the interface does: what it says about itself, and what it does with a request.
///
/// A route decodes, calls one use case and encodes. It has no rules of its own, and lives in a file of its own under
/// `Routes/<Noun>`.
public struct Route: Sendable {
    public typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    public let document: RouteDocument
    let handle: Handler

    public init(_ document: RouteDocument, _ handle: @escaping Handler) {
        self.document = document
        self.handle = handle
    }
}

/// Every route of an interface. Which one a request means is decided by its path, segment by segment, then by its method.
public struct RouteTable: Sendable {
    public let routes: [Route]
    /// A header that every answer carries, errors too.
    let header: (name: String, value: String)?

    /// Two routes of one method and path, or of one id, are a mistake of the program and trap.
    public init(_ routes: [Route], header: (name: String, value: String)? = nil) {
        let documents = routes.map(\.document)
        precondition(Set(documents.map { "\($0.method) \($0.path.text)" }).count == routes.count, "a route stands twice")
        precondition(Set(documents.map(\.id)).count == routes.count, "the id of a route stands twice")
        self.routes = routes
        self.header = header
    }

    public var documents: [RouteDocument] { routes.map(\.document) }

    /// The routes of `path`, with the parameters that it holds.
    func candidates(_ path: Substring) -> [(route: Route, parameters: [String: Substring])] {
        let segments = PathTemplate.segments(of: path)
        let found = routes.compactMap { route in route.document.path.match(segments: segments).map { (route, $0) } }
        // A literal path wins over one with parameters.
        let fewest = found.map(\.1.count).min()
        return found.filter { $0.1.count == fewest }
    }
}
