internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryCustodian
internal import ChanceryOracle
internal import ChancerySuite
public import ChanceryWire

/// QuorumVM's coordinator interface in front of a committee, for clients that cannot mask.
///
/// **Trusted: it sees inputs and results.** It is a client of the custodians with a key and a budget of its own, never beside one
/// of them (rule T8). `identity_id` is a label under that key. Its books on labels lie in memory and begin anew with its process;
/// what it may spend altogether the custodians keep, durably.
public actor TrustedGateway {
    public static let mostPrograms = 256
    public static let longestLabel = 256
    public static let poolSizes: ClosedRange<Int64> = 0...65_536

    private let committee: any GatewayCommittee
    private let now: @Sendable () -> UTCTime
    private var programs: [[UInt8]: GatewayProgram] = [:]
    private var audit = GatewayAudit()

    public init(_ committee: any GatewayCommittee, now: @escaping @Sendable () -> UTCTime) {
        self.committee = committee
        self.now = now
    }

    // MARK: programs

    /// `POST /install`: every custodian gets the package, or it is refused.
    public func install(_ package: JSONValue, pool: Int64) async throws -> JSONValue {
        guard Self.poolSizes.contains(pool) else { throw GatewayError(.inputInvalid, "a pool has 0 to 65536 entries") }
        // Read here first: what it says it is, it has to be.
        let seed: SeedPackage
        do {
            seed = try SeedPackage(json: package)
        } catch let error as WireError {
            throw GatewayError(.inputInvalid, "`program_package` is no package: \(error.detail)")
        }
        let id = try await committee.install(CanonicalForm.aiss1.encode(seed.json))
        var program = try await load(id)
        guard program.id == id else { throw GatewayError(.unknownProgram, "Program not installed") }
        program.wanted = Int(pool)
        programs[id] = program
        try note("install", ["program_id": .string(seed.programID), "version": .string(seed.version)])
        return [
            "beaver_pool": .integer(pool), "beaver_ready": true, "program_id": .string(seed.programID), "status": "installed",
        ]
    }

    private func load(_ id: [UInt8]) async throws -> GatewayProgram {
        if let known = programs[id] { return known }
        guard programs.count < Self.mostPrograms else { throw GatewayError(.full, "the gateway holds 256 programs") }
        let statement: ProgramStatement
        do {
            statement = try await committee.program(id)
        } catch let error as CustodianError where error.code == CustodianError.Reason.unknownProgram.rawValue {
            throw GatewayError(.unknownProgram, "Program not installed")
        }
        let fresh: GatewayProgram
        do {
            fresh = try GatewayProgram(statement, id: id, wanted: 0, at: now())
        } catch is WireError {
            throw GatewayError(.unknownProgram, "Program not installed: it has no package of QuorumVM's form")
        }
        // Somebody else may have loaded it meanwhile.
        if let known = programs[id] { return known }
        programs[id] = fresh
        return fresh
    }

    private static func id(_ text: String) throws -> [UInt8] {
        guard let id = try? Hex.decode(text, count: 32) else { throw GatewayError(.unknownProgram, "Program not installed") }
        return id
    }

    /// `POST /approve`: `signature` is the base64url of an activation bundle with the approval of one custodian's people.
    public func approve(_ program: String, custodian index: Int64, signature: String) async throws -> JSONValue {
        let id = try Self.id(program)
        let known = try await load(id)
        let roster = committee.roster
        guard (0..<Int64(roster.set.custodians.count)).contains(index) else {
            throw GatewayError(.approvalInvalid, "there is no custodian \(index)")
        }
        let bundle: ActivationBundle
        do {
            bundle = try ActivationBundle(
                JSONParser.parse(Base64.url.decode(signature), limits: .init(bytes: 1 << 18, depth: 16)))
            let terms = try bundle.terms(of: id, by: roster.set)
            guard bundle.approvals.count == 1, bundle.version == known.version,
                let approval = try bundle.approvals.first.map({ try Approval.verify($0, for: terms, by: roster.set) }),
                roster.number(of: approval.custodian) == Int(index) + 1
            else { throw GatewayError(.approvalInvalid, "Invalid signature") }
            if let first = known.bundle, try first.terms(of: id, by: roster.set) != terms {
                throw GatewayError(.approvalInvalid, "the others approved another policy, version or epoch")
            }
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError(.approvalInvalid, "Invalid signature")
        }
        if !known.isActive, programs[id]?.approvals.contains(Int(index)) == false {
            try await committee.approve(id, bundle)
            if programs[id]?.approvals.insert(Int(index)).inserted == true {
                programs[id]?.bundle = bundle
                try note("approve", ["custodian_index": .integer(index), "program_id": .string(program)])
            }
        }
        let count = programs[id]?.approvals.count ?? 0
        if count >= roster.set.threshold, programs[id]?.isActive == false {
            try await committee.activate(id)
            if programs[id]?.isActive == false {
                programs[id]?.isActive = true
                try note("activate", ["program_id": .string(program)])
                let wanted = known.hasProducts ? programs[id]?.wanted ?? 0 : GatewayProgram.linearBatch
                if wanted > 0 { try await make(id, wanted) }
            }
        }
        return [
            "approvals": .integer(Int64(count)), "needed": .integer(Int64(roster.set.threshold)),
            "status": .string(programs[id]?.isActive == true ? "ACTIVE" : "PENDING"),
        ]
    }

    /// `GET /status/{id}`
    public func status(_ program: String) async throws -> JSONValue {
        let known = try await load(Self.id(program))
        return ["program_id": .string(program), "status": .string(known.isActive ? "ACTIVE" : "PENDING")]
    }

    // MARK: material

    /// Orders material and waits until it is there, at most five seconds.
    private func make(_ id: [UInt8], _ count: Int) async throws {
        let before = try await committee.free(id)
        try await committee.order(id, count: count)
        for _ in 0..<100 {
            let free = try await committee.free(id)
            programs[id]?.free = free
            if free > before { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// `POST /replenish_beaver`
    public func replenish(_ program: String, by count: Int64) async throws -> JSONValue {
        let id = try Self.id(program)
        let known = try await load(id)
        guard (1...Self.poolSizes.upperBound).contains(count) else {
            throw GatewayError(.inputInvalid, "a pool has 1 to 65536 entries")
        }
        guard known.hasProducts else { return ["program_id": .string(program), "status": "no_mul_nodes"] }
        guard known.isActive else { throw GatewayError(.notActive, "Program not active") }
        try await make(id, Int(count))
        try note("replenish_beaver", ["pool_size": .integer(count), "program_id": .string(program)])
        return [
            "pool_remaining": .integer(Int64(programs[id]?.free ?? 0)), "program_id": .string(program), "status": "replenished",
        ]
    }

    /// `GET /beaver_pool/{id}`
    public func pool(_ program: String) async throws -> JSONValue {
        let id = try Self.id(program)
        let known = try await load(id)
        let free = known.isActive ? try await committee.free(id) : known.wanted
        return [
            "beaver_ready": .bool(free > 0), "pool_remaining": .integer(Int64(free)), "program_id": .string(program),
        ]
    }

    // MARK: evaluation

    /// `POST /eval`: the gateway masks the inputs and opens the results in its caller's place.
    public func evaluate(_ program: String, label: String, _ inputs: JSONObject) async throws -> JSONValue {
        guard (1...Self.longestLabel).contains(label.utf8.count) else {
            throw GatewayError(.inputInvalid, "an identity has 1 to 256 bytes")
        }
        let id = try Self.id(program)
        let known = try await load(id)
        guard known.isActive else { throw GatewayError(.notActive, "Program not active") }
        let values = try known.inputs(inputs)
        let request = try GatewayProgram.request(Array(label.utf8), of: committee.client, at: now())
        let named: JSONObject = ["identity_id": .string(label), "program_id": .string(program)]
        // Refused by label before anybody looks for material, and without a trace in the books.
        if let refusal = known.refusal(request, at: now()) { throw try denied(refusal, named) }
        if known.free == 0 {
            var free = try await committee.free(id)
            if free == 0, !known.hasProducts {
                try await make(id, GatewayProgram.linearBatch)
                free = programs[id]?.free ?? 0
            }
            guard free > 0 else { throw try denied(GatewayError(.poolEmpty, "Beaver pool exhausted"), named) }
            programs[id]?.free = free
        }
        // Nothing is awaited in between, so two callers never spend the same.
        var current = programs[id] ?? known
        if let refusal = current.reserve(request, at: now()) { throw try denied(refusal, named) }
        current.free = max(0, current.free - 1)
        programs[id] = current
        let result: ComputeResult
        do {
            result = try await committee.evaluate(id, [values])
        } catch {
            throw try await failed(error, id, request, named)
        }
        charge(request, id)
        return try answer(known.circuit, result, named)
    }

    private func answer(_ circuit: Circuit, _ result: ComputeResult, _ named: JSONObject) throws -> JSONValue {
        guard let row = result.outputs.first, let first = row.first else {
            throw GatewayError(.custodiansMissing, "the custodians gave no result")
        }
        let request = Hex.encode(SystemRandom.bytes(16))
        var data = named
        data["request_id"] = .string(request)
        data["mode"] = .string(String(describing: result.assurance))
        try note("eval_ok", data)
        func number(_ text: String) -> JSONValue { Int64(text).map { .integer($0) } ?? .bigInteger(text) }
        var body: JSONObject = [
            "assurance": .string(String(describing: result.assurance)), "request_id": .string(request),
            "result": number(first.decimal), "result_text": .string(first.decimal),
        ]
        if row.count > 1 {
            body["results"] = .object(
                JSONObject(zip(circuit.outputs, row).map { .init(name: $0.name, value: number($1.decimal)) }))
        }
        return .object(body)
    }

    private func charge(_ request: MeterRequest, _ id: [UInt8]) {
        let time = now()
        programs[id]?.charge(request, at: time)
    }

    private func denied(_ error: GatewayError, _ named: JSONObject) throws -> GatewayError {
        var data = named
        data["reason"] = .string(error.detail)
        try note("eval_denied", data)
        return error
    }

    /// What a failure means to a caller of QuorumVM. Where a claim may be certified the label is charged (rule T6); where it
    /// cannot be, its part of the budget comes free again by itself.
    private func failed(
        _ error: any Error, _ id: [UInt8], _ request: MeterRequest, _ named: JSONObject
    ) async throws -> any Error {
        let code = (error as? any CodedError)?.code ?? ""
        let detail = (error as? any CodedError)?.detail ?? "the custodians gave no result"
        let translated: GatewayError
        switch code {
        case "custodian.material_missing":
            programs[id]?.free = 0
            // Without enough custodians there is no material either: that is said first.
            do {
                _ = try await committee.free(id)
            } catch let missing as GatewayError {
                return try denied(missing, named)
            }
            return try denied(GatewayError(.poolEmpty, "Beaver pool exhausted"), named)
        case "compute.rate_limited": return try denied(GatewayError(.rateLimited, "rate limit exceeded (custodians)"), named)
        case "custodian.not_activated": return try denied(GatewayError(.notActive, "Program not active"), named)
        case "threshold.input_out_of_range": translated = GatewayError(.inputInvalid, detail)
        case _ where code.hasPrefix("compute."):
            return try denied(GatewayError(.budgetExhausted, "custodians refuse the gateway: `\(code)`"), named)
        default: translated = GatewayError(.custodiansMissing, detail)
        }
        charge(request, id)
        return try denied(translated, named)
    }

    // MARK: log

    private func note(_ event: String, _ data: JSONObject) throws { try audit.add(event, data, at: now()) }

    /// `GET /audit`: who asked for what, without results.
    public func log() throws -> JSONValue { try audit.json }
}
