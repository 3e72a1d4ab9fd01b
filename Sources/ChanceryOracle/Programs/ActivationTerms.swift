internal import ChancerySuite
internal import ChanceryWire

/// What is approved when a program is: exactly this content, version, policy, set of custodians and epoch.
///
/// Everything that happens afterwards names ``id``, so nothing signed for one activation counts in another.
public struct ActivationTerms: Sendable, Hashable {
    public static let type = "chancery/compute-activation/v1"
    public static let epochs: ClosedRange<Int64> = 1...CanonicalForm.largestSafeInteger

    /// The program's id, 32 bytes: the hash of its package.
    public let program: [UInt8]
    /// Of the package, 1 to 64 bytes. The seed's id does not cover it, so it stands here.
    public let version: String
    /// Of the ``ComputePolicy``.
    public let policy: [UInt8]
    /// Of the ``CustodianSet``.
    public let custodians: [UInt8]
    /// The id of the owner's ``ExtractionStatement``; nil where none is asked for.
    public let extraction: [UInt8]?
    /// Counted from 1. Budgets, ledgers and material begin anew with each.
    public let epoch: Int64
    /// SHA3-256 of the canonical form.
    public let id: [UInt8]

    /// - Throws: `compute.activation_malformed` for hashes, a version or an epoch outside their ranges.
    public init(
        program: [UInt8], version: String, policy: [UInt8], extraction: [UInt8]? = nil, custodians: [UInt8], epoch: Int64
    ) throws {
        guard program.count == 32, policy.count == 32, custodians.count == 32, extraction?.count ?? 32 == 32,
            (1...64).contains(version.utf8.count),
            Self.epochs.contains(epoch)
        else {
            throw OracleError(
                .activationMalformed,
                "an activation has hashes of 32 bytes, a version of 1 to 64 bytes and an epoch from 1")
        }
        self.program = program
        self.version = version
        self.policy = policy
        self.extraction = extraction
        self.custodians = custodians
        self.epoch = epoch
        var json = Self.members(program, version, policy, extraction, custodians, epoch)
        json["type"] = .string(Self.type)
        id = Digest.sha3_256(try CanonicalForm.jcs.encode(json))
    }

    /// The terms of `program` under `policy` with `custodians`.
    public init(
        program: [UInt8], version: String, policy: ComputePolicy, extraction: [UInt8]? = nil, custodians: CustodianSet,
        epoch: Int64
    ) throws {
        try self.init(
            program: program, version: version, policy: policy.digest, extraction: extraction, custodians: custodians.digest,
            epoch: epoch)
    }

    public static func == (left: ActivationTerms, right: ActivationTerms) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }

    private static func members(
        _ program: [UInt8], _ version: String, _ policy: [UInt8], _ extraction: [UInt8]?, _ custodians: [UInt8], _ epoch: Int64
    ) -> JSONObject {
        [
            "custodians": .string(Hex.encode(custodians)), "epoch": .integer(epoch),
            "extraction": extraction.map { .string(Hex.encode($0)) } ?? .null, "policy": .string(Hex.encode(policy)),
            "program": .string(Hex.encode(program)), "version": .string(version),
        ]
    }

    var json: JSONValue { .object(Self.members(program, version, policy, extraction, custodians, epoch)) }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "activation")
        try self.init(
            program: reader.hex("program", count: 32), version: reader.string("version", limit: 64),
            policy: reader.hex("policy", count: 32), extraction: reader.optionalHex("extraction"),
            custodians: reader.hex("custodians", count: 32),
            epoch: reader.integer("epoch"))
        try reader.finish()
    }
}

extension OracleError.Reason {
    /// An activation is not in order.
    public static let activationMalformed = Self(rawValue: "compute.activation_malformed")
}
