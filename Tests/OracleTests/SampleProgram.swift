import ChanceryArithmetic
import ChanceryLedger
import ChanceryOracle
import ChancerySuite
import ChanceryWire

/// A program with custodians whose keys come from numbers.
struct SampleProgram {
    let custodians: CustodianSet
    let policy: ComputePolicy
    let terms: ActivationTerms
    let client: SigningKey<Purpose.Ticket>

    static let start = UTCTime(seconds: 1_790_000_000)

    init(_ count: Int = 4, threshold: Int = 2, policy: ComputePolicy = Self.policy, epoch: Int64 = 1) throws {
        custodians = try CustodianSet((0..<count).map(Self.custodian), threshold: threshold)
        self.policy = policy
        terms = try ActivationTerms(
            program: [UInt8](repeating: 7, count: 32), version: "1.0.0", policy: policy, custodians: custodians, epoch: epoch)
        client = try Self.key(200, 3)
    }

    static var policy: ComputePolicy {
        var policy = ComputePolicy()
        policy.evaluationsPerMinute = 100
        return policy
    }

    static func key<Use: KeyPurpose>(_ number: Int, _ place: UInt8) throws -> SigningKey<Use> {
        var seed = Digest.sha256([UInt8(number), place])
        return try SigningKey(.mlDSA65, seed: SecretBytes(erasing: &seed))
    }

    static func did(_ number: Int) throws -> DID {
        try DID(DID.prefix + Hex.encode(Digest.sha256([UInt8(number), 9])))
    }

    static func custodian(_ number: Int) throws -> Custodian {
        let approval: SigningKey<Purpose.Approval> = try key(number, 1)
        let key: SigningKey<Purpose.Custodian> = try key(number, 2)
        return Custodian(did: try did(number), approval: approval.publicKey, key: key.publicKey)
    }

    static func salt(_ number: Int = 0) -> [UInt8] { [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 16) }
    static func later(_ seconds: Int64) -> UTCTime { start.advanced(bySeconds: seconds) }

    func approval(_ number: Int, terms: ActivationTerms? = nil) throws -> UnverifiedRecord {
        let approval = try Approval.sign(
            terms ?? self.terms, as: Self.did(number), at: Self.start, by: Self.key(number, 1), salt: Self.salt(number))
        return try UnverifiedRecord(decoding: approval.record.bytes)
    }

    func activation() throws -> Activation {
        try Activation(
            terms, policy: policy, custodians: custodians, approvals: (0..<custodians.threshold).map { try approval($0) })
    }

    func ticket(
        evaluations: Int64 = 10, inputs: [UInt8]? = nil, until seconds: Int64 = 600, nonce: Int = 1,
        by key: SigningKey<Purpose.Ticket>? = nil
    ) throws -> Ticket {
        try .sign(
            for: terms, evaluations: evaluations, inputs: inputs, from: Self.start, until: Self.later(seconds),
            by: key ?? client, nonce: Self.salt(nonce))
    }

    func claim(
        _ ticket: Ticket, evaluations: Int64 = 1, rows: PlainRows? = nil, nonce: Int = 1,
        by key: SigningKey<Purpose.Ticket>? = nil
    ) throws -> Claim {
        try .sign(
            for: terms, ticket: ticket, evaluations: evaluations, sealing: [1, 2, 3], rows: rows, until: Self.later(300),
            by: key ?? client, nonce: Self.salt(nonce))
    }

    func signature(_ claim: Claim, _ indices: [Int64], by number: Int) throws -> ClaimSignature {
        try .sign(claim, MaterialIndices(indices), as: Self.did(number), by: Self.key(number, 2))
    }

    func certificate(_ claim: Claim, _ ticket: Ticket, indices: [Int64], signers: [Int] = [0, 1, 2]) throws -> ClaimCertificate
    {
        try ClaimCertificate(
            claim, ticket: ticket, signatures: signers.map { try signature(claim, indices, by: $0) }, by: custodians)
    }
}

/// A request without signatures, for tests of the books alone.
func request(
    _ claim: Int, client: Int = 1, ticket: Int? = nil, evaluations: Int64 = 1, covered: Int64 = 100,
    from issued: UTCTime = SampleProgram.start, until expires: UTCTime = SampleProgram.later(300),
    ticketUntil: UTCTime? = nil, rows: [[Int64]]? = nil
) throws -> MeterRequest {
    try MeterRequest(
        claim: digest(1, claim), client: digest(2, client), ticket: digest(3, ticket ?? claim), evaluations: evaluations,
        covered: covered, issued: issued, ticketExpires: ticketUntil ?? expires, expires: expires,
        rows: rows.map { try PlainRows(inputs: $0.map { $0.map { FieldElement(signed: $0) } }) })
}

func digest(_ kind: UInt8, _ number: Int) -> Digest256 { .sha256(prefix: kind, Array("\(number)".utf8)) }
