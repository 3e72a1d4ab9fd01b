public import ChanceryOracle
public import ChancerySuite
public import ChanceryWire

/// What a program's activation rests on, so that everybody can check it alone: the terms, the policy and the approvals.
public struct ActivationBundle: Sendable {
    public static let type = "chancery/compute-activation-bundle/v1"

    public let version: String
    public let epoch: Int64
    public let policy: ComputePolicy
    public var approvals: [UnverifiedRecord]

    public init(version: String, epoch: Int64, policy: ComputePolicy, approvals: [UnverifiedRecord]) {
        self.version = version
        self.epoch = epoch
        self.policy = policy
        self.approvals = approvals
    }

    public var json: JSONValue {
        get throws {
            [
                "approvals": .array(try approvals.map { try JSONParser.parse($0.bytes) }), "epoch": .integer(epoch),
                "policy": try JSONParser.parse(policy.bytes), "type": .string(Self.type), "version": .string(version),
            ]
        }
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "activation bundle")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw WireError(.invalidValue, "an activation bundle has the type `\(Self.type)`")
        }
        version = try reader.string("version", limit: 64)
        epoch = try reader.integer("epoch", in: ActivationTerms.epochs)
        policy = try ComputePolicy(decoding: CanonicalForm.jcs.encode(reader.value("policy")))
        approvals = try reader.array("approvals", limit: 16).map { try UnverifiedRecord($0) }
        try reader.finish()
    }

    public func terms(of program: [UInt8], by custodians: CustodianSet) throws -> ActivationTerms {
        try ActivationTerms(program: program, version: version, policy: policy, custodians: custodians, epoch: epoch)
    }

    /// The activation, when enough of `custodians` approved exactly this.
    public func activation(of program: [UInt8], by custodians: CustodianSet) throws -> Activation {
        try Activation(
            terms(of: program, by: custodians), policy: policy, custodians: custodians, approvals: approvals)
    }
}
