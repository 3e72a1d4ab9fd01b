internal import ChanceryAPI
internal import ChanceryWire
internal import HTTPTypes

/// What the dashboard's routes work with.
public struct DashboardService: Sendable {
    let assets: WebAssets
    let desk: BrowserDesk
    let hub: LiveHub
    let overview: OverviewDesk
    let approvals: ApprovalDesk?
    let places = LivePlaces()

    /// - Parameter approvals: nil in a home without a gate.
    public init(_ desk: BrowserDesk, hub: LiveHub, overview: OverviewDesk, approvals: ApprovalDesk?) {
        assets = WebAssets()
        self.desk = desk
        self.hub = hub
        self.overview = overview
        self.approvals = approvals
    }
}

extension RouteTable {
    /// The pages, and what only they need.
    public static func dashboard(_ service: DashboardService) -> [Route] {
        [
            .dashboardPage(service), .dashboardFile(service), .dashboardSignIn(service), .dashboardSession(service),
            .dashboardSignOut(service),
        ] + (service.approvals.map { [.dashboardApproval($0)] } ?? [])
    }

    /// What watches a home as it is now.
    public static func overview(_ service: DashboardService) -> [Route] { [.live(service), .overview(service)] }
}

extension Route {
    /// `GET /`
    static func dashboardPage(_ service: DashboardService) -> Route {
        let document = RouteDocument(
            .get, "/", id: "dashboardPage", tag: "dashboard",
            summary: "The dashboard. It shows nothing until somebody signs in.",
            access: .anyone, content: .text("text/html; charset=utf-8"), refusals: [304])
        return Route(document) { request in try file("index.html", service, request) }
    }

    /// `GET /web/{file}`
    static func dashboardFile(_ service: DashboardService) -> Route {
        let document = RouteDocument(
            .get, "/web/{file}", id: "dashboardFile", tag: "dashboard", summary: "A script, style or picture of the dashboard.",
            access: .anyone, parameters: [.path("file", .text(limit: 64), "Its name.")], content: .bytes, refusals: [304, 404])
        return Route(document) { request in
            try file(RequestParameters.require(request.parameters.text("file", limit: 64), "file"), service, request)
        }
    }

    private static func file(_ name: String, _ service: DashboardService, _ request: APIRequest) throws -> APIResponse {
        guard let file = service.assets.files[name] else {
            throw APIError(.noSuchRoute, "the dashboard has no such file")
        }
        // What a browser has may be used again when its tag is asked about.
        let headers: HTTPFields = [.eTag: file.tag, .cacheControl: "no-cache"]
        guard request.head.headerFields[.ifNoneMatch] != file.tag else {
            return .web(WebAnswer(status: 304, headers: headers, mediaType: file.mediaType, body: []))
        }
        return .web(WebAnswer(headers: headers, mediaType: file.mediaType, body: file.bytes))
    }

    private static let session = Schema.object([
        ("csrf", .string()), ("expires_in", .integer(0...43_200)), ("name", .string()), ("roles", .array(.string())),
    ])

    /// `POST /v1/dashboard/session`
    static func dashboardSignIn(_ service: DashboardService) -> Route {
        let document = RouteDocument(
            .post, "/v1/dashboard/session", id: "dashboardSignIn", tag: "dashboard",
            summary: "Signs a browser in with the secret of a link, which works once. The session is a cookie.",
            access: .anyone, body: .json(.object([("token", .string(limit: 64))])), bodyBytes: 1024, success: 201,
            content: .json(session), refusals: [401, 415, 429])
        return Route(document) { request in
            guard BrowserOrigin.isOwn(request.head, isSecure: request.isSecure), let authority = request.head.authority else {
                throw RequestRefusal.foreignOrigin
            }
            var reader = try request.object("sign-in")
            let text = try reader.string("token", limit: 64)
            try reader.finish()
            let (token, opened) = try await service.desk.signIn(text, at: authority.lowercased())
            let secure = request.isSecure ? "; Secure" : ""
            let cookie = "\(BrowserDesk.cookie)=\(token.text); HttpOnly; SameSite=Strict; Path=/\(secure)"
            return .web(
                WebAnswer(
                    status: 201, headers: [.setCookie: cookie], mediaType: "application/json",
                    body: try CanonicalForm.jcs.encode(json(opened, service))))
        }
    }

    /// `GET /v1/dashboard/session`
    static func dashboardSession(_ service: DashboardService) -> Route {
        let document = RouteDocument(
            .get, "/v1/dashboard/session", id: "dashboardSession", tag: "dashboard",
            summary:
                "The session of this browser, with the token that goes into `Chancery-CSRF` with whatever changes something.",
            access: .oversight, content: .json(session))
        return Route(document) { request in
            .json(json(try request.requireBrowser(), service))
        }
    }

    /// `POST /v1/dashboard/session/end`
    static func dashboardSignOut(_ service: DashboardService) -> Route {
        let document = RouteDocument(
            .post, "/v1/dashboard/session/end", id: "dashboardSignOut", tag: "dashboard",
            summary: "Ends the session of this browser at once.", access: .oversight,
            content: .json(.object([("ended", .bool)])))
        return Route(document) { request in
            service.desk.close(try request.requireBrowser())
            let cookie = "\(BrowserDesk.cookie)=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"
            return .web(
                WebAnswer(
                    headers: [.setCookie: cookie], mediaType: "application/json",
                    body: try CanonicalForm.jcs.encode(["ended": true] as JSONValue)))
        }
    }

    private static func json(_ session: BrowserSession, _ service: DashboardService) -> JSONValue {
        [
            "csrf": .string(session.csrf), "expires_in": .integer(service.desk.seconds(left: session)),
            "name": .string(session.id), "roles": .array(session.roles.map(\.rawValue).sorted().map { .string($0) }),
        ]
    }
}

extension APIRequest {
    /// The session of the browser that asks.
    ///
    /// - Throws: `api.browser_required` for whoever calls by another right.
    func requireBrowser() throws -> BrowserSession {
        guard let browser = try requireCaller().browser else {
            throw APIError(.browserRequired, "only a person signed in with a browser may ask this")
        }
        return browser
    }
}
