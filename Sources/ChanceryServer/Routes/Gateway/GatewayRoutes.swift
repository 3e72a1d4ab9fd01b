internal import ChanceryAPI
public import ChanceryGateway
internal import ChanceryWire

extension RouteTable {
    /// The header by which every answer says what the gateway is.
    public static let gatewayHeader = (name: "X-Chancery-Trusted-Gateway", value: "sees inputs and results")

    /// QuorumVM's coordinator as the labelled trusted gateway (rule T8).
    public static func gateway(_ gateway: TrustedGateway) -> RouteTable {
        RouteTable(
            [
                .gatewayInstall(gateway), .gatewayApprove(gateway), .gatewayStatus(gateway), .gatewayEvaluate(gateway),
                .gatewayReplenish(gateway), .gatewayPool(gateway), .gatewayAudit(gateway),
                .refusedOfCustodian("install_beaver"),
                .refusedOfCustodian("eval_share"), .refusedOfCustodian("eval_beaver"), .refusedOfCustodian("beaver_round2"),
            ], header: gatewayHeader)
    }
}

extension Route {
    private static let bodyBytes = 8 << 20
    private static let program = RouteDocument.Parameter.path("program", .text(limit: 128), "The program's id.")

    private static func object(_ request: APIRequest) throws -> JSONObject {
        guard let object = try JSONParser.parse(request.body, limits: .init(bytes: bodyBytes, depth: 32)).object else {
            throw GatewayError(.inputInvalid, "the request is no object")
        }
        return object
    }

    private static func text(_ name: String, _ object: JSONObject) throws -> String {
        guard let text = object[name]?.string else { throw GatewayError(.inputInvalid, "`\(name)` is missing, or no string") }
        return text
    }

    /// The size of a pool; QuorumVM's standard one when nothing is said.
    private static func size(_ name: String, _ object: JSONObject) throws -> Int64 {
        guard let value = object[name] else { return 5 }
        guard let size = value.integer else { throw GatewayError(.inputInvalid, "`\(name)` is no integer") }
        return size
    }

    private static func pathProgram(_ request: APIRequest) throws -> String {
        String(try RequestParameters.require(request.parameters.text("program"), "program"))
    }

    /// Integers of any size, which canonical JSON of our own records does not have.
    private static func answer(_ value: JSONValue) throws -> APIResponse {
        .bytes(try CanonicalForm.aiss1.encode(value), mediaType: "application/json")
    }

    private static func gatewayPost(
        _ path: PathTemplate, _ id: String, _ summary: String, _ refusals: [Int], _ handle: @escaping Handler
    ) -> Route {
        Route(
            RouteDocument(
                .post, path, id: id, tag: "quorumvm", summary: summary, access: .anyone, body: .json(.map(.any)),
                bodyBytes: bodyBytes, content: .json(.map(.any)), refusals: refusals), handle)
    }

    /// `POST /install`
    static func gatewayInstall(_ gateway: TrustedGateway) -> Route {
        gatewayPost("/install", "gatewayInstall", "Hands a package to every custodian.", [403, 409, 422, 503]) { request in
            let body = try object(request)
            guard body["share_x"] == nil, body["share_y"] == nil else { throw ofCustodian("install") }
            guard let package = body["program_package"] else {
                throw GatewayError(.inputInvalid, "`program_package` is missing")
            }
            return try answer(try await gateway.install(package, pool: size("beaver_pool_size", body)))
        }
    }

    /// `POST /approve`
    static func gatewayApprove(_ gateway: TrustedGateway) -> Route {
        gatewayPost(
            "/approve", "gatewayApprove", "Takes the approval of one custodian's people.", [403, 404, 409, 422, 503]
        ) { request in
            let body = try object(request)
            // Custodians of QuorumVM sign for anyone who asks.
            guard body["signature"] != nil else { throw ofCustodian("approve") }
            guard let index = body["custodian_index"]?.integer else {
                throw GatewayError(.inputInvalid, "`custodian_index` is missing, or no integer")
            }
            return try answer(
                try await gateway.approve(text("program_id", body), custodian: index, signature: text("signature", body)))
        }
    }

    /// `GET /status/{program}`
    static func gatewayStatus(_ gateway: TrustedGateway) -> Route {
        gatewayGet("/status/{program}", "gatewayStatus", "Whether a program may be asked.") {
            try await gateway.status(pathProgram($0))
        }
    }

    /// `POST /eval`
    static func gatewayEvaluate(_ gateway: TrustedGateway) -> Route {
        gatewayPost(
            "/eval", "gatewayEvaluate", "Evaluates a program on inputs that this gateway sees.", [400, 404, 409, 422, 429, 503]
        ) { request in
            let body = try object(request)
            guard let inputs = body["inputs"]?.object else {
                throw GatewayError(.inputInvalid, "`inputs` is missing, or no object")
            }
            return try answer(
                try await gateway.evaluate(text("program_id", body), label: text("identity_id", body), inputs))
        }
    }

    /// `POST /replenish_beaver`
    static func gatewayReplenish(_ gateway: TrustedGateway) -> Route {
        gatewayPost(
            "/replenish_beaver", "gatewayReplenish", "Has custodians make material.", [400, 404, 409, 422, 503]
        ) { request in
            let body = try object(request)
            return try answer(
                try await gateway.replenish(text("program_id", body), by: size("pool_size", body)))
        }
    }

    /// `GET /beaver_pool/{program}`
    static func gatewayPool(_ gateway: TrustedGateway) -> Route {
        gatewayGet("/beaver_pool/{program}", "gatewayPool", "For how many evaluations there is material.") {
            try await gateway.pool(pathProgram($0))
        }
    }

    /// `GET /audit`
    static func gatewayAudit(_ gateway: TrustedGateway) -> Route {
        let document = RouteDocument(
            .get, "/audit", id: "gatewayAudit", tag: "quorumvm", summary: "Who asked for what since the start; no results.",
            access: .anyone, content: .json(.map(.any)))
        return Route(document) { _ in try answer(try await gateway.log()) }
    }

    private static func gatewayGet(
        _ path: PathTemplate, _ id: String, _ summary: String,
        _ use: @escaping @Sendable (APIRequest) async throws -> JSONValue
    ) -> Route {
        let document = RouteDocument(
            .get, path, id: id, tag: "quorumvm", summary: summary, access: .anyone, parameters: [program],
            content: .json(.map(.any)), refusals: [404, 503])
        return Route(document) { request in try answer(try await use(request)) }
    }

    /// A call that QuorumVM's custodians answer, and ours do not.
    static func refusedOfCustodian(_ name: String) -> Route {
        gatewayPost(
            PathTemplate("/\(name)"), "gateway.\(name)", "Refused: no party alone holds shares of others or evaluates.", [403]
        ) { _ in throw ofCustodian(name) }
    }

    private static func ofCustodian(_ name: String) -> GatewayError {
        GatewayError(.custodianEndpoint, "`/\(name)` of a custodian is not served: one party alone would hold or approve")
    }
}
