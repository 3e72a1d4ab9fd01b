internal import ChanceryArithmetic
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryGateway
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryThreshold
internal import ChanceryWire

/// Custodians behind a coordinator, as the gateway's key reaches them.
struct RemoteCommittee: GatewayCommittee {
    let roster: CustodianRoster
    let client: [UInt8]
    private let key: SigningKey<Purpose.Ticket>
    private let remote: RemoteCompute
    private let masking: ComputeClient

    init(_ roster: CustodianRoster, key: SigningKey<Purpose.Ticket>, remote: RemoteCompute) {
        self.roster = roster
        client = key.publicKey.id
        self.key = key
        self.remote = remote
        masking = ComputeClient(roster, key: key, service: remote, now: Home.now)
    }

    func install(_ package: [UInt8]) async throws -> [UInt8] {
        try await remote.install(
            package, InstallOrder.sign(package, for: roster.set, by: key, salt: SystemRandom.bytes(16)))
    }
    func program(_ id: [UInt8]) async throws -> ProgramStatement { try await remote.program(id) }
    func approve(_ id: [UInt8], _ bundle: ActivationBundle) async throws { _ = try await remote.approve(id, bundle) }
    func activate(_ id: [UInt8]) async throws { _ = try await remote.activate(id) }
    func order(_ id: [UInt8], count: Int) async throws { _ = try await remote.order(id, count: count) }

    /// What the best supplied custodians have, one short of whom a lie would not be noticed.
    func free(_ id: [UInt8]) async throws -> Int {
        let answers = try await remote.query("programs/\(Hex.encode(id))/pool").array ?? []
        let counts = answers.map { answer in
            (answer["blocks"]?.array ?? []).reduce(Int64(0)) { sum, block in
                guard let first = block["first"]?.integer, let end = block["end"]?.integer, (0...1 << 40).contains(first),
                    (first...1 << 40).contains(end)
                else { return sum }
                return sum + (end - first)
            }
        }
        let needed = max(roster.set.quorum, 2 * roster.committee.corruptions + 1)
        guard counts.count >= needed else {
            throw GatewayError(.custodiansMissing, "Only \(counts.count)/\(needed) custodians responded")
        }
        return Int(counts.sorted(by: >)[needed - 1])
    }

    func evaluate(_ id: [UInt8], _ inputs: [[FieldElement]]) async throws -> ComputeResult {
        try await masking.evaluate(id, inputs)
    }
}
