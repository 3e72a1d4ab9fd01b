internal import ChanceryWire

/// What a route says about itself. The dispatcher takes routes only with one, so no route is without documentation.
public struct RouteDocument: Sendable {
    public enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// A parameter of the path, the query or the header.
    public struct Parameter: Sendable {
        public enum Place: String, Sendable {
            case path, query, header
        }

        public let name: String
        public let place: Place
        public let schema: Schema
        public let summary: String

        public static func path(_ name: String, _ schema: Schema, _ summary: String) -> Parameter {
            Parameter(name: name, place: .path, schema: schema, summary: summary)
        }

        public static func query(_ name: String, _ schema: Schema, _ summary: String) -> Parameter {
            Parameter(name: name, place: .query, schema: schema, summary: summary)
        }

        public static func header(_ name: String, _ schema: Schema, _ summary: String) -> Parameter {
            Parameter(name: name, place: .header, schema: schema, summary: summary)
        }
    }

    /// What comes with success.
    public struct Content: Sendable {
        public let mediaType: String
        public let schema: Schema

        public static func json(_ schema: Schema) -> Content { Content(mediaType: "application/json", schema: schema) }

        public static func text(_ mediaType: String = "text/plain; charset=utf-8") -> Content {
            Content(mediaType: mediaType, schema: .string())
        }

        /// Bytes as they are.
        public static let bytes = Content(
            mediaType: "application/octet-stream", schema: Schema(["format": "binary", "type": "string"]))

        /// Server-sent events, which go on until either side ends them.
        public static let events = Content(mediaType: "text/event-stream", schema: .any)
    }

    public let method: Method
    /// As `/v1/ledger/events/{hash}`.
    public let path: PathTemplate
    /// A unique name, as `ledgerEvent`.
    public let id: String
    /// Groups routes: the noun.
    public let tag: String
    public let summary: String
    public let access: RouteAccess
    public let parameters: [Parameter]
    /// What the body must be; nil for a route that takes none.
    public let body: Content?
    /// Most bytes of the body, where that differs from the server's limit.
    public let bodyBytes: Int?
    /// Whether the body is handed on as it comes: it may be larger than memory, and is read after the caller is known.
    public let isStreamed: Bool
    /// Whether a client may ask for a part of the content (RFC 9110 §14).
    public let isRanged: Bool
    /// The status of success.
    public let success: Int
    public let content: Content
    /// The statuses of its refusals, beside those that any request can meet (``common``).
    public let refusals: [Int]

    /// Statuses that every route may answer with: a malformed parameter or body, a caller that is not let in, a slow or
    /// large body, a foreign host, a failure of this machine.
    public static let common = [400, 403, 408, 413, 421, 500, 503]

    /// Beside those, of routes that ask who calls.
    private static let guarded = [401]

    public init(
        _ method: Method, _ path: PathTemplate, id: String, tag: String, summary: String, access: RouteAccess,
        parameters: [Parameter] = [], body: Content? = nil, bodyBytes: Int? = nil, isStreamed: Bool = false,
        success: Int = 200, content: Content, isRanged: Bool = false, refusals: [Int] = []
    ) {
        precondition(
            path.names == parameters.filter { $0.place == .path }.map(\.name),
            "the path and the parameters of `\(id)` do not agree")
        self.method = method
        self.path = path
        self.id = id
        self.tag = tag
        self.summary = summary
        self.access = access
        self.parameters = parameters
        self.body = body
        self.bodyBytes = bodyBytes
        self.isStreamed = isStreamed
        self.isRanged = isRanged
        self.success = success
        self.content = content
        self.refusals = refusals
    }

    /// Every status that the route may answer with.
    public var statuses: [Int] {
        let guarded = access == .anyone ? [] : Self.guarded
        return Set(successes + refusals + Self.common + guarded + (isRanged ? [416] : []) + (isStreamed ? [411, 415] : []))
            .sorted()
    }

    /// The statuses that come with its content.
    public var successes: [Int] { isRanged ? [success, 206] : [success] }

    /// The names that its query may have.
    public var queryNames: [String] { parameters.filter { $0.place == .query }.map(\.name) }
}
