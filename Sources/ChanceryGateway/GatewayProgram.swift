internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryCustodian
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// What the gateway knows of a program, and its books on labels.
struct GatewayProgram {
    static let recordContext = Array("chancery/gateway-label/v1".utf8)
    /// How long a refused evaluation keeps its part of a label's budget.
    private static let reservationSeconds: Int64 = 30
    /// What a program without products has made at once; its material is numbers that custodians draw alone.
    static let linearBatch = 256

    let id: [UInt8]
    let circuit: Circuit
    let version: String
    let package: SeedPackage
    /// By the package's policy: labels are the gateway's own, so custodians cannot count them.
    private var meter: Meter
    var bundle: ActivationBundle?
    var approvals: Set<Int> = []
    var isActive = false
    /// How much material `/install` asked for; it is made on activation.
    var wanted: Int
    /// What is left by the gateway's own count; looked up again when it is 0.
    var free = 0

    init(_ statement: ProgramStatement, id: [UInt8], wanted: Int, at now: UTCTime) throws {
        let content = try ProgramContent(package: statement.package)
        guard content.id == id else { throw GatewayError(.unknownProgram, "Program not installed") }
        package = try SeedPackage(json: JSONParser.parse(statement.package, limits: .init(bytes: 8 << 20, depth: 32)))
        circuit = content.circuit
        version = content.version
        self.id = id
        self.wanted = wanted
        isActive = statement.bundle != nil
        bundle = statement.bundle
        var policy = content.policy
        policy.programBudget = ComputePolicy.amounts.upperBound
        policy.bits = nil
        policy.rank = nil
        meter = .detached(policy, at: now)
    }

    /// Whether products are opened: what QuorumVM keeps a pool for.
    var hasProducts: Bool {
        circuit.gates.contains {
            switch $0 {
            case .products, .truncate, .isNegative: true
            case .input, .secret, .constant, .sum: false
            }
        }
    }

    /// The program's inputs out of those of a request; other names are ignored, as QuorumVM does.
    func inputs(_ object: JSONObject) throws -> [FieldElement] {
        try circuit.inputs.map { input in
            guard let value = object[input.name] else {
                throw GatewayError(.inputInvalid, "the input `\(input.name)` is missing")
            }
            guard let text = Self.decimal(value), let element = FieldElement(decimal: text) else {
                throw GatewayError(.inputInvalid, "the input `\(input.name)` is no integer of at most 4300 digits")
            }
            return element
        }
    }

    private static func decimal(_ value: JSONValue) -> String? {
        switch value {
        case .integer(let number): String(number)
        // Python's True is 1, and QuorumVM takes it as that.
        case .bool(let isTrue): isTrue ? "1" : "0"
        case .bigInteger(let text): SeedInteger(text)?.text
        case .string(let text): SeedInteger(text)?.text
        case .double(let number): Int64(exactly: number).map { String($0) }
        default: nil
        }
    }

    /// What one evaluation asks of the books of `label`.
    static func request(_ label: [UInt8], of client: [UInt8], at now: UTCTime) throws -> MeterRequest {
        let once = SystemRandom.bytes(16)
        let end = now.advanced(bySeconds: reservationSeconds)
        return try MeterRequest(
            claim: .sha256(prefix: 0, once), client: .sha256(prefix: 0, recordContext + [0] + client + label),
            ticket: .sha256(prefix: 1, once), evaluations: 1, covered: 1, issued: now, ticketExpires: end, expires: end)
    }

    /// Whether the books allow it; nothing is written.
    func refusal(_ request: MeterRequest, at now: UTCTime) -> GatewayError? {
        var probe = meter
        return Self.error(
            probe.reserve(request, at: now).refusal, remaining: remaining(request, now), cost: package.policy.cost)
    }

    /// Keeps budget for an evaluation that begins.
    mutating func reserve(_ request: MeterRequest, at now: UTCTime) -> GatewayError? {
        let remaining = remaining(request, now)
        return Self.error(meter.reserve(request, at: now).refusal, remaining: remaining, cost: package.policy.cost)
    }

    mutating func charge(_ request: MeterRequest, at now: UTCTime) { _ = meter.charge(request, at: now) }

    private func remaining(_ request: MeterRequest, _ now: UTCTime) -> Int64 {
        meter.books.standing(of: request.client, at: now).remaining
    }

    private static func error(_ refusal: ComputeRefusal?, remaining: Int64, cost: Int64) -> GatewayError? {
        switch refusal {
        case nil: nil
        case .rate: GatewayError(.rateLimited, "rate limit exceeded")
        case .budget: GatewayError(.budgetExhausted, "budget exhausted (remaining=\(remaining), cost=\(cost))")
        case .some(let other): GatewayError(.budgetExhausted, "the gateway's books refuse: `\(other.rawValue)`")
        }
    }
}
