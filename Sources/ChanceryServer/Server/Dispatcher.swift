internal import ChanceryAPI
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// Takes a request from the network to its route and the answer back. Nothing leaves without a status, an id and, when it
/// is an error, a problem document.
struct Dispatcher: HTTPResponder {
    typealias Context = ConnectionContext

    let table: RouteTable
    let limits: ServerLimits
    let admission: Admission
    let metrics: ServerMetrics
    /// Nil on plain HTTP.
    let tls: PostQuantumTLS?
    /// Whether requests come over a Unix socket.
    let isLocal: Bool
    private let strangers: BodyRoom
    private let callers: BodyRoom

    init(
        table: RouteTable, limits: ServerLimits, admission: Admission, metrics: ServerMetrics, tls: PostQuantumTLS?,
        isLocal: Bool = false
    ) {
        self.table = table
        self.limits = limits
        self.admission = admission
        self.metrics = metrics
        self.tls = tls
        self.isLocal = isLocal
        strangers = BodyRoom(limits.strangersBytes)
        callers = BodyRoom(limits.callersBytes)
    }

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let id = Hex.encode(SystemRandom.bytes(8))
        let started = ContinuousClock.now
        let found = find(request)
        var response: Response
        var account: APIKeyStatement?
        do {
            response = try await answer(request, found, id, context, &account)
        } catch {
            response = refusal(error, found, id, context.logger)
        }
        response.headers[Self.requestID] = id
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        if let header = table.header, let name = HTTPField.Name(header.name) { response.headers[name] = header.value }
        for field in BrowserPolicy.fields { response.headers[field.name] = field.value }
        if request.method == .head { response = Self.withoutBody(response) }
        if let account, let route = found.route?.document.id {
            response = admission.counting(response, of: route, by: account)
        }
        metrics.count(
            method: request.method.rawValue, route: found.route?.document.path.text, status: response.status.code,
            duration: ContinuousClock.now - started)
        return response
    }

    // MARK: finding

    private struct Found {
        var route: Route?
        var parameters: [String: Substring] = [:]
        /// The methods that the path has; empty for no path of ours.
        var methods: [String] = []
    }

    private func find(_ request: Request) -> Found {
        let candidates = table.candidates((request.head.path ?? "").prefix { $0 != "?" })
        // A HEAD request is a GET whose answer has no body (RFC 9110 §9.3.2).
        let method = request.method == .head ? "GET" : request.method.rawValue
        let match = candidates.first { $0.route.document.method.rawValue == method }
        let methods = candidates.map(\.route.document.method.rawValue).sorted()
        return Found(
            route: match?.route, parameters: match?.parameters ?? [:],
            methods: methods + (methods.contains("GET") ? ["HEAD"] : []))
    }

    // MARK: answering

    private func answer(
        _ request: Request, _ found: Found, _ id: String, _ context: ConnectionContext, _ account: inout APIKeyStatement?
    ) async throws -> Response {
        guard tls != nil || ServerAddress.isLoopback(request.head.authority ?? "") else {
            throw APIError(.misdirected, "this server answers to loopback names only")
        }
        guard let route = found.route else {
            throw found.methods.isEmpty
                ? APIError(.noSuchRoute, "there is no such path; /openapi.json lists them")
                : APIError(.methodNotAllowed, "the path takes \(found.methods.joined(separator: ", "))")
        }
        let peer = try await tls?.peer(of: context.channel)
        let user = isLocal ? try await LocalSocket.user(of: context.channel) : nil
        let isKnown = try admission.isKnown(request.head, peer: peer, user: user, at: route.document)
        // Until the answer is there: work on a body holds it too.
        let share = BodyRoom.Share(of: isKnown ? callers : strangers)
        defer { withExtendedLifetime(share) {} }
        let reader = RequestBodyReader(limits: limits, share: share)
        // A body that may be larger than memory is read when it is known who sends it.
        let body = route.document.isStreamed ? nil : try await reader.read(request, for: route.document)
        let caller = try await admission.caller(
            of: request.head, body: body, peer: peer, user: user, isSecure: tls != nil, at: route.document,
            account: &account)
        let stream =
            body == nil
            ? try reader.stream(
                request, for: route.document, RequestFacts(request.head, body: [], isSecure: tls != nil),
                isSigned: caller?.key != nil) : nil
        let query = request.head.path.flatMap { path in
            path.firstIndex(of: "?").map { path[path.index(after: $0)...] }
        }
        let parameters = try RequestParameters(
            path: found.parameters, query: query, allowing: route.document.queryNames)
        let answer = try await route.handle(
            APIRequest(
                id: id, parameters: parameters, head: request.head, body: body ?? [], stream: stream, user: user, peer: peer,
                isSecure: tls != nil, caller: caller))
        return try Self.encode(answer, status: route.document.success)
    }

    private static func encode(_ answer: APIResponse, status: Int) throws -> Response {
        let status = if case .live(let live) = answer { live.status } else { status }
        let (type, body): (String, ResponseBody) =
            switch answer {
            case .json(let value):
                ("application/json", ResponseBody(byteBuffer: ByteBuffer(bytes: try CanonicalForm.jcs.encode(value))))
            case .bytes(let bytes, let mediaType): (mediaType, ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            case .events(let feed): ("text/event-stream", EventStreamBody(feed: feed).body)
            case .content(let stream): ("application/octet-stream", stream.body)
            case .live(let answer): (answer.mediaType, answer.responseBody)
            case .web(let answer): (answer.mediaType, ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
            }
        if case .content(let stream) = answer {
            var response = Response(
                status: stream.part.isPartial ? .partialContent : .init(code: status),
                headers: [.contentType: type, .acceptRanges: "bytes", .eTag: stream.tag], body: body)
            if stream.part.isPartial { response.headers[.contentRange] = stream.part.header }
            return response
        }
        if case .web(let answer) = answer {
            var response = Response(status: .init(code: answer.status), headers: answer.headers, body: body)
            response.headers[.contentType] = type
            return response
        }
        return Response(status: .init(code: status), headers: [.contentType: type], body: body)
    }

    // MARK: refusing

    private func refusal(_ error: any Error, _ found: Found, _ id: String, _ logger: Logger) -> Response {
        let refused = error as? RequestRefusal
        let problem = Problem(refused?.masked ?? error, request: id)
        if let refused {
            metrics.count(refusal: refused.code)
            logger.notice(
                "a request was refused", metadata: ["request.id": .string(id), "error.code": .string(refused.code)])
        }
        if problem.status >= 500 {
            logger.error(
                "a request failed", metadata: ["request.id": .string(id), "error": .string("\(error)".asErrorDetail)])
        }
        let bytes = (try? CanonicalForm.jcs.encode(problem.json)) ?? []
        var response = Response(
            status: .init(code: problem.status), headers: [.contentType: Problem.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        if problem.status == 405 { response.headers[.allow] = found.methods.joined(separator: ", ") }
        if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"chancery\"" }
        if problem.status == 503 { response.headers[.retryAfter] = "1" }
        if let excess = error as? QuotaExcess {
            metrics.count(refusal: excess.code)
            response.headers[.retryAfter] = String(excess.retryAfter)
        }
        if let range = error as? UnsatisfiableRange { response.headers[.contentRange] = "bytes */\(range.total)" }
        let isCutOff =
            [.bodyUnreadable, .noRoom].contains((error as? APIError)?.reason) || found.route?.document.isStreamed == true
        // What was not read to its end is followed by bytes that nobody can make sense of.
        if [408, 413].contains(problem.status) || isCutOff || refused != nil {
            response.headers[.connection] = "close"
            response.body = Self.last(bytes)
        }
        return response
    }

    private static func withoutBody(_ response: Response) -> Response {
        var headers = response.headers
        if let length = response.body.contentLength { headers[.contentLength] = String(length) }
        let isLast = headers[.connection] == "close"
        return Response(status: response.status, headers: headers, body: isLast ? last([]) : ResponseBody())
    }

    /// The end of an answer that ends its connection too.
    private static func last(_ bytes: [UInt8]) -> ResponseBody {
        ResponseBody(contentLength: bytes.count) { writer in
            if !bytes.isEmpty { try await writer.write(ByteBuffer(bytes: bytes)) }
            try await writer.finish(nil)
            throw ConnectionEnd()
        }
    }

    private static let requestID = HTTPField.Name("X-Request-ID")!
}

/// Ends a connection after an answer that was written.
struct ConnectionEnd: Error {}

/// What Hummingbird keeps for a request, and the connection that it came on.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
