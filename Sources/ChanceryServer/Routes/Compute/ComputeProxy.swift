public import ChanceryAPI
public import ChanceryTransport
internal import ChanceryWire

/// What a coordinator of custodians shows, for those who may look at this home: reading only, by this server's own paths.
public struct ComputeProxy: Sendable {
    private static let limit = 64 << 20

    private let address: PeerAddress

    /// - Throws: `transport.tls_required` for an address that is not plain: a coordinator speaks on loopback.
    public init(_ address: PeerAddress) throws {
        guard !address.isSecure else {
            throw TransportError(.tlsRequired, "a coordinator is reached over plain HTTP on this machine")
        }
        self.address = address
    }

    /// - Parameter target: made of this server's own words and of checked values.
    /// - Throws: the coordinator's refusal, and `transport.unreachable`.
    func get(_ target: String) async throws -> JSONValue {
        let facts = try RequestFacts(
            method: "GET", scheme: .http, authority: address.authority, target: target, headers: [], body: [])
        let answer = try await HTTPExchange(address).send(facts, [], mediaType: nil, limit: Self.limit)
        guard let value = try? JSONParser.parse(answer.body, limits: .init(bytes: Self.limit, depth: 64)) else {
            throw APIError(.coordinatorRefuses, "the coordinator's answer \(answer.status) is no JSON")
        }
        guard (200..<300).contains(answer.status) else {
            guard answer.status == 404 else {
                throw APIError(.coordinatorRefuses, value["detail"]?.string ?? "the coordinator answers \(answer.status)")
            }
            throw APIError(.noSuchRoute, value["detail"]?.string ?? "the coordinator does not know it")
        }
        return value
    }
}

extension RouteTable {
    /// What a coordinator shows, where this server was told of one.
    public static func compute(_ proxy: ComputeProxy) -> [Route] {
        [
            .computeProxy(proxy, "status", "What each custodian that is reached says of itself."),
            .computeProxy(proxy, "roster", "The custodians, as the coordinator names them."),
        ]
            + [
                ("", "The package, and what its activation rests on."), ("/pool", "What material each custodian has."),
                ("/events", "How many evaluations each custodian noted, and its signed head."),
                ("/standing", "What a client may still ask for, by each custodian's own books."),
            ].map { .computeProgramProxy(proxy, $0, $1) }
    }
}

extension Route {
    fileprivate static func computeProxy(_ proxy: ComputeProxy, _ what: String, _ summary: String) -> Route {
        let document = RouteDocument(
            .get, PathTemplate("/v1/compute/\(what)"), id: "compute.\(what)", tag: "compute", summary: summary,
            access: .oversight, content: .json(.any), refusals: [404, 502])
        return Route(document) { _ in .json(try await proxy.get("/v1/compute/\(what)")) }
    }

    fileprivate static func computeProgramProxy(_ proxy: ComputeProxy, _ what: String, _ summary: String) -> Route {
        let isOfClient = what == "/standing"
        let document = RouteDocument(
            .get, PathTemplate("/v1/compute/programs/{program}\(what)"), id: "compute.program\(what.replacing("/", with: "."))",
            tag: "compute", summary: summary, access: .oversight,
            parameters: [.path("program", .hex(32), "The program's id.")]
                + (isOfClient ? [.query("client", .hex(32), "The id of the client's key.")] : []),
            content: .json(.any), refusals: [404, 502])
        return Route(document) { request in
            let program = try RequestParameters.require(request.parameters.hex("program", counts: [32]), "program")
            var target = "/v1/compute/programs/\(Hex.encode(program))\(what)"
            if isOfClient {
                let client = try RequestParameters.require(request.parameters.hex("client", counts: [32]), "client")
                target += "?client=\(Hex.encode(client))"
            }
            return .json(try await proxy.get(target))
        }
    }
}

extension APIError.Reason {
    /// The coordinator of custodians does not answer what was asked.
    public static let coordinatorRefuses = Self(rawValue: "api.coordinator_refuses")
}
