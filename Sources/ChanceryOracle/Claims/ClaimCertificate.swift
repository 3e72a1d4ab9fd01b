public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// More than (n+t)/2 custodians bound the same material to the same claim. With it the client is charged and the material used;
/// no second certificate can exist for any of its indices unless more than t custodians lie.
///
/// Wire form: RFC 8785 of `{claim, signatures, ticket, type}`.
public struct ClaimCertificate: Sendable {
    public static let type = "chancery/compute-claim-certificate/v1"
    public static let maximumBytes = 16 << 20

    public let ticket: Ticket
    public let claim: Claim
    public let indices: MaterialIndices
    /// Who signed, ascending.
    public let signers: [DID]
    /// The canonical form.
    public let bytes: [UInt8]

    /// Puts together what was verified before.
    ///
    /// - Throws: `compute.claim_malformed` unless claim, ticket and signatures fit each other, `compute.quorum_missing` for
    ///   too few distinct signers.
    public init(_ claim: Claim, ticket: Ticket, signatures: [ClaimSignature], by custodians: CustodianSet) throws {
        let sorted = signatures.sorted { $0.custodian.bytes.lexicographicallyPrecedes($1.custodian.bytes) }
        guard claim.ticket == ticket.id, claim.client == ticket.client else {
            throw OracleError(.claimMalformed, "the claim does not belong to its ticket")
        }
        guard let indices = sorted.first?.indices, indices.indices.count == Int(claim.evaluations),
            sorted.allSatisfy({ $0.claim == claim.id && $0.activation == claim.activation && $0.indices == indices })
        else {
            throw OracleError(.claimMalformed, "the signatures are not for one index of material per evaluation of this claim")
        }
        let signers = sorted.map(\.custodian)
        guard Set(signers).count == signers.count, signers.allSatisfy({ custodians[$0] != nil }),
            signers.count >= custodians.quorum
        else {
            throw OracleError(
                .quorumMissing, "\(Set(signers).count) custodians signed the claim where \(custodians.quorum) must")
        }
        self.ticket = ticket
        self.claim = claim
        self.indices = indices
        self.signers = signers
        let json: JSONObject = [
            "claim": try JSONParser.parse(claim.record.bytes),
            "signatures": .array(try sorted.map { try JSONParser.parse($0.record.bytes) }),
            "ticket": try JSONParser.parse(ticket.record.bytes), "type": .string(Self.type),
        ]
        bytes = try CanonicalForm.jcs.encode(json)
    }

    /// Reads and verifies a certificate for `terms`, of the client with `client`.
    ///
    /// - Throws: `compute.claim_foreign` when it is for another activation; the errors of the initialiser, of reading and of
    ///   false signatures.
    public static func verify(
        _ bytes: [UInt8], for terms: ActivationTerms, by custodians: CustodianSet, client: VerifyingKey<Purpose.Ticket>
    ) throws -> ClaimCertificate {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: maximumBytes, depth: UnverifiedRecord.maximumDepth + 3))
        var reader = try RecordReader(value, "claim certificate")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(type.utf8) else {
            throw WireError(.invalidValue, "a claim certificate has the type `\(type)`")
        }
        let ticket = try Ticket.verify(UnverifiedRecord(reader.value("ticket")), by: client)
        let claim = try Claim.verify(UnverifiedRecord(reader.value("claim")), by: client)
        guard claim.activation == terms.id, ticket.program == terms.program, ticket.epoch == terms.epoch,
            terms.custodians == custodians.digest
        else {
            throw OracleError(.claimForeign, "the claim is for another program, version, policy, set of custodians or epoch")
        }
        let signatures = try reader.array("signatures", limit: custodians.custodians.count).map {
            try ClaimSignature.verify(UnverifiedRecord($0), by: custodians)
        }
        try reader.finish()
        let certificate = try ClaimCertificate(claim, ticket: ticket, signatures: signatures, by: custodians)
        guard certificate.bytes == bytes else {
            throw WireError(.notCanonical, "the claim certificate is not in canonical form")
        }
        return certificate
    }

    /// The client whom a certificate names, before anything of it is verified: to find the key to verify it by.
    public static func statedClient(_ bytes: [UInt8]) throws -> [UInt8] { try stated(bytes).client }

    /// The client whom a certificate names and the id of its claim, before anything of it is verified.
    public static func stated(_ bytes: [UInt8]) throws -> (client: [UInt8], claim: [UInt8]) {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: maximumBytes, depth: UnverifiedRecord.maximumDepth + 3))
        guard let claim = value["claim"], let text = claim["body"]?["client"]?.string else {
            throw WireError(.missingMember, "the claim names no client")
        }
        return (try Hex.decode(text, count: 32), try UnverifiedRecord(claim).bodyHash)
    }
}

extension OracleError.Reason {
    /// Fewer custodians signed a claim than rule T3 demands.
    public static let quorumMissing = Self(rawValue: "compute.quorum_missing")
    /// A claim or a submission is for another activation or claim.
    public static let claimForeign = Self(rawValue: "compute.claim_foreign")
}
