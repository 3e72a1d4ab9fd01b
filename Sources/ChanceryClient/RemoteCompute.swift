internal import ChanceryAPI
public import ChanceryCustodian
public import ChanceryOracle
public import ChancerySuite
public import ChanceryTransport
public import ChanceryWire

/// A coordinator over HTTP.
public struct RemoteCompute: ComputeService, ProgramDirectory {
    private static let limit = 64 << 20

    private let address: PeerAddress
    private let exchange: HTTPExchange
    private let client: VerifyingKey<Purpose.Ticket>?

    /// - Parameter client: the key whose claims are handed in; nil for asking only.
    public init(_ address: PeerAddress, tls: ClientTLS? = nil, client: VerifyingKey<Purpose.Ticket>? = nil) throws {
        self.address = address
        self.client = client
        exchange = try HTTPExchange(address, tls: tls)
    }

    /// Asks for `path`, and reads the answer.
    ///
    /// - Throws: the error that the coordinator states, by its code; `transport.unreachable`.
    public func send(_ method: String, _ path: String, _ body: [UInt8]? = nil) async throws -> JSONValue {
        let facts = try RequestFacts(
            method: method, scheme: address.isSecure ? .https : .http, authority: address.authority, target: path,
            headers: [], body: body ?? [])
        let answer = try await exchange.send(
            facts, [], mediaType: body == nil ? nil : "application/json", limit: Self.limit)
        let value = try JSONParser.parse(answer.body, limits: .init(bytes: Self.limit, depth: 24))
        guard (200..<300).contains(answer.status) else {
            throw CustodianError(
                stated: value["code"]?.string ?? "", value["detail"]?.string ?? "the coordinator answers \(answer.status)")
        }
        return value
    }

    private func post(_ path: String, _ value: JSONValue) async throws -> JSONValue {
        try await send("POST", "/v1/compute/" + path, CanonicalForm.jcs.encode(value))
    }

    private func requireClient() throws -> VerifyingKey<Purpose.Ticket> {
        guard let client else { throw CustodianError(.unknownClient, "only a client with a key claims") }
        return client
    }

    public func program(_ id: [UInt8]) async throws -> ProgramStatement {
        try await ProgramStatement(send("GET", "/v1/compute/programs/\(Hex.encode(id))"))
    }

    public func programs(aliased alias: [UInt8]) async throws -> [[UInt8]] {
        let text = Hex.encode(alias)
        let programs = try await query("status").array?.flatMap { $0["programs"]?.array ?? [] } ?? []
        return try programs.filter { $0["alias"]?.string == text }.map { program in
            try Hex.decode(program["program"]?.string ?? "?", count: 32)
        }
    }

    public func claim(
        _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?
    ) async throws -> ClaimGrant {
        try await ClaimGrant(
            post(
                "claims",
                ClaimForm.json(
                    program, secrets: secrets, ticket: ticket, claim: claim, rows: rows, client: requireClient())))
    }

    public func submit(
        _ program: [UInt8], claim: [UInt8], submission: Submission, frames: [Int: [UInt8]]
    ) async throws -> SubmissionAnswer {
        try await SubmissionAnswer(
            post(
                "claims/\(Hex.encode(claim))/submission",
                SubmissionForm.json(program, submission, frames, client: requireClient())))
    }

    public func orderSecretsMaterial(_ program: [UInt8]) async throws {
        _ = try await post("programs/\(Hex.encode(program))/material", ["count": 1, "secrets": true])
    }

    /// Hands in a package with the order of its owner.
    ///
    /// - Returns: the program's id.
    public func install(_ package: [UInt8], _ order: InstallOrder) async throws -> [UInt8] {
        try await Hex.decode(post("programs", InstallForm.json(package, order))["program"]?.string ?? "?", count: 32)
    }

    /// Hands in approvals.
    public func approve(_ program: [UInt8], _ bundle: ActivationBundle) async throws -> JSONValue {
        try await post("programs/\(Hex.encode(program))/approvals", bundle.json)
    }

    /// Has a program activated: one that was approved, or by what a federation decided.
    public func activate(_ program: [UInt8], decided: ActivationBundle? = nil) async throws -> JSONValue {
        var body = JSONObject()
        if let decided { body["decided"] = try decided.json }
        return try await post("programs/\(Hex.encode(program))/activation", .object(body))
    }

    /// Shows the custodians an in-force file of their federation.
    public func govern(_ file: [UInt8]) async throws -> JSONValue { try await send("POST", "/v1/compute/federation", file) }

    /// Shows the custodians the certificate of a freeze.
    public func freeze(_ certificate: [UInt8]) async throws -> JSONValue {
        try await send("POST", "/v1/compute/freezes", certificate)
    }

    /// Has material made for so many evaluations.
    public func order(_ program: [UInt8], count: Int) async throws -> JSONValue {
        try await post("programs/\(Hex.encode(program))/material", ["count": .integer(Int64(count)), "secrets": false])
    }

    /// The evidence that custodians hold, and what they say without.
    public func blames(_ program: [UInt8]) async throws -> HeldBlames {
        let path = "programs/\(Hex.encode(program))/blame"
        return try await HeldBlames(query(path)) { id, custodian in
            let found = try await query("\(path)/\(id)?custodian=\(custodian)")
            return try Base64.url.decode(found["file"]?.string ?? "")
        }
    }

    /// What the custodians say: `status`, or `programs/<id>/pool|events|standing|blame`.
    public func query(_ path: String) async throws -> JSONValue { try await send("GET", "/v1/compute/" + path) }
}
