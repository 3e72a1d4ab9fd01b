public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// A custodian's people say that they will run a program on exactly these terms.
///
/// The record is a promise for one ``ActivationTerms/id``: another policy, version, set or epoch needs another signature.
public struct Approval: Sendable {
    public static let type = "chancery/compute-approval/v1"

    public let record: VerifiedRecord
    public let custodian: DID
    public let terms: ActivationTerms
    public let time: UTCTime

    /// Signs an approval. `salt` is 16 random bytes.
    public static func sign(
        _ terms: ActivationTerms, as custodian: DID, at time: UTCTime, by key: SigningKey<Purpose.Approval>, salt: [UInt8]
    ) throws -> Approval {
        let body: JSONObject = [
            "custodian": .string(custodian.text), "salt": .string(Base64.url.encode(salt)), "terms": terms.json,
            "time": .string(time.text),
        ]
        return Approval(
            record: try .sign(body, type: type, by: key), custodian: custodian, terms: terms, time: time)
    }

    /// Reads an approval of one of `custodians` for exactly `terms`.
    ///
    /// - Throws: `compute.approval_foreign` for other terms, `compute.not_a_custodian` for a stranger, errors of reading and
    ///   of a false signature.
    public static func verify(
        _ record: UnverifiedRecord, for terms: ActivationTerms, by custodians: CustodianSet
    ) throws -> Approval {
        var reader = RecordReader(record.body, "approval")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let did = try DID(reader.string("custodian", limit: 128))
        let stated = try ActivationTerms(reader.value("terms"))
        let time = try reader.time("time")
        try reader.finish()
        guard stated == terms, terms.custodians == custodians.digest else {
            throw OracleError(
                .approvalForeign, "the approval is for another program, version, policy, set of custodians or epoch")
        }
        let custodian = try custodians.require(did)
        return Approval(record: try record.verify(type: type, by: custodian.approval), custodian: did, terms: terms, time: time)
    }
}

extension OracleError.Reason {
    /// An approval or a decision is for something else than the program at hand.
    public static let approvalForeign = Self(rawValue: "compute.approval_foreign")
    /// A custodian approved twice, or too few did.
    public static let approvalsInsufficient = Self(rawValue: "compute.approvals_insufficient")
    /// Two approvals of one custodian in one certificate.
    public static let approvalRepeated = Self(rawValue: "compute.approval_repeated")
}
