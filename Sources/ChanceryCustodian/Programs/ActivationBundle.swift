public import ChanceryGovernance
public import ChanceryOracle
public import ChancerySuite
public import ChanceryWire

/// What a program's activation rests on, so that everybody can check it alone: the terms, the policy, the owner's statement about
/// extraction, and the approvals of custodians' people or the decisions of a federation.
public struct ActivationBundle: Sendable {
    public static let type = "chancery/compute-activation-bundle/v1"
    /// Most bytes of decisions: they travel and are kept whole.
    public static let mostDecisionBytes = 4 << 20

    public let version: String
    public let epoch: Int64
    public let policy: ComputePolicy
    /// The record of an ``ExtractionStatement``; nil where the policy sets no limit, or the program has no secrets.
    public let extraction: UnverifiedRecord?
    public var approvals: [UnverifiedRecord]
    /// The canonical bytes of a decision file; nil where approvals count.
    public let decisions: [UInt8]?

    public init(
        version: String, epoch: Int64, policy: ComputePolicy, extraction: UnverifiedRecord? = nil,
        approvals: [UnverifiedRecord], decisions: [UInt8]? = nil
    ) {
        self.version = version
        self.epoch = epoch
        self.policy = policy
        self.extraction = extraction
        self.approvals = approvals
        self.decisions = decisions
    }

    public var json: JSONValue {
        get throws {
            [
                "approvals": .array(try approvals.map { try JSONParser.parse($0.bytes) }),
                "decisions": decisions.map { .string(Base64.url.encode($0)) } ?? .null, "epoch": .integer(epoch),
                "extraction": try extraction.map { try JSONParser.parse($0.bytes) } ?? .null,
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
        let extraction = try reader.value("extraction")
        self.extraction = extraction.isNull ? nil : try UnverifiedRecord(extraction)
        approvals = try reader.array("approvals", limit: 16).map { try UnverifiedRecord($0) }
        decisions =
            try reader.value("decisions").isNull
            ? nil : Base64.url.decode(reader.string("decisions", limit: 2 * Self.mostDecisionBytes))
        try reader.finish()
        guard decisions?.count ?? 0 <= Self.mostDecisionBytes, decisions == nil || approvals.isEmpty else {
            throw WireError(.invalidValue, "a bundle has approvals, or decisions of at most \(Self.mostDecisionBytes) bytes")
        }
    }

    public func terms(of program: [UInt8], by custodians: CustodianSet) throws -> ActivationTerms {
        try ActivationTerms(
            program: program, version: version, policy: policy, extraction: extraction?.bodyHash, custodians: custodians,
            epoch: epoch)
    }

    /// The activation, when enough of `custodians` approved exactly this, or the pinned `federation` decided it.
    ///
    /// What is decided says nothing about whether it still holds: custodians ask for beats besides.
    ///
    /// - Throws: `custodian.federation_missing` for decisions where none is pinned.
    public func activation(
        of program: [UInt8], by custodians: CustodianSet, under federation: FederationID? = nil
    ) throws -> Activation {
        let terms = try terms(of: program, by: custodians)
        guard let decisions else {
            return try Activation(terms, policy: policy, custodians: custodians, approvals: approvals)
        }
        guard let federation else {
            throw CustodianError(.federationMissing, "the program was activated by a federation that is not pinned here")
        }
        let file = try DecisionFile(verifying: JSONParser.parse(decisions, limits: .decisions), federation: federation)
        return try Activation(terms, policy: policy, custodians: custodians, decided: Self.decided(program, file.head.state))
    }

    static func decided(_ program: [UInt8], _ state: GovernanceState) throws -> DecidedProgram {
        guard let active = state.program(program) else {
            throw CustodianError(.notActivated, "the federation did not activate the program")
        }
        return DecidedProgram(
            program: active.terms.program, version: active.terms.version, policy: active.terms.policy,
            custodians: active.terms.custodians, threshold: active.terms.threshold, generation: active.generation,
            proposal: active.proposal)
    }
}

extension JSONParser.Limits {
    /// Of decision files and what holds one.
    static let decisions = JSONParser.Limits(bytes: 16 << 20, depth: 40)
}
