public import ChanceryCircuit
public import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

/// A program as custodians and clients run it, read from its package. Its id is the package's hash, held against the content.
public struct ProgramContent: Sendable {
    /// Less than a channel takes.
    public static let maximumBytes = 8 << 20

    /// 32 bytes.
    public let id: [UInt8]
    public let version: String
    public let circuit: Circuit
    /// What the package asks for; the activation names the policy that counts.
    public let policy: ComputePolicy
    public let package: [UInt8]
    /// The digest of the custodian set that the package is for; nil for QuorumVM's, which names none.
    public let custodians: [UInt8]?
    /// The seed's id of the program that this one was made from, as its package says; nil for others.
    public let alias: [UInt8]?

    /// Reads packages; the standard one is ``init(package:)``.
    public typealias Reader = @Sendable ([UInt8]) throws -> ProgramContent

    /// What another reader found.
    public init(id: [UInt8], version: String, circuit: Circuit, policy: ComputePolicy, package: [UInt8]) {
        self.id = id
        self.version = version
        self.circuit = circuit
        self.policy = policy
        self.package = package
        custodians = nil
        alias = nil
    }

    /// Reads a package of ours or of QuorumVM.
    ///
    /// - Throws: `custodian.program_refused`, and the errors of reading and compiling.
    public init(package: [UInt8]) throws {
        guard package.count <= Self.maximumBytes else {
            throw CustodianError(.programRefused, "a package has at most \(Self.maximumBytes) bytes")
        }
        let value = try JSONParser.parse(package, limits: .init(bytes: Self.maximumBytes, depth: 32))
        if value["type"]?.string?.utf8.elementsEqual(ProgramPackage.type.utf8) == true {
            let ours = try ProgramPackage(decoding: package, id: ProgramPackage.id(of: package))
            id = ours.id
            version = ours.terms.version
            circuit = ours.circuit
            policy = try ComputePolicy(decoding: CanonicalForm.jcs.encode(.object(ours.terms.policy)))
            custodians = ours.terms.custodians
            alias = try ours.terms.alias.map { try Hex.decode($0, count: 32) }
            self.package = package
            return
        }
        let seed = try SeedPackage(json: value)
        custodians = nil
        alias = nil
        id = try Hex.decode(seed.programID, count: 32)
        version = seed.version
        circuit = try seed.program.circuit()
        var policy = ComputePolicy()
        policy.cost = seed.policy.cost
        policy.clientBudget = seed.policy.budget
        policy.programBudget = max(seed.policy.budget, min(seed.policy.budget &* 100, ComputePolicy.amounts.upperBound))
        policy.evaluationsPerMinute = max(1, min(seed.policy.evaluationsPerMinute, 1_000_000))
        policy.outputBits = Self.outputBits(of: circuit)
        policy.checksRanges = Self.checksRanges(circuit)
        try policy.check()
        self.policy = policy
        self.package = package
    }

    /// Refuses a policy that counts less than the program gives away.
    ///
    /// - Throws: `compute.policy_understated`.
    public func requireCovered(by policy: ComputePolicy) throws {
        try policy.requireCovers(
            outputBits: Self.outputBits(of: circuit),
            secretBits: circuit.secrets.reduce(0) { $0 + Self.bits($1.type) }, features: Int64(circuit.inputs.count),
            checksRanges: Self.checksRanges(circuit))
    }

    /// Whether an owner has to state what could be copied: there are secrets, and the policy sets a limit.
    public func needsExtraction(under policy: ComputePolicy) -> Bool {
        !circuit.secrets.isEmpty && policy.extraction != nil
    }

    /// Refuses a statement that is not about this program under `policy`, or whose curves pass the policy's limit.
    ///
    /// - Throws: `compute.extraction_foreign`, `compute.extraction_incomplete`, `compute.extractable`.
    public func requireWithinLimit(_ statement: ExtractionStatement, under policy: ComputePolicy) throws {
        try statement.requireWithinLimit(
            of: id, under: policy, outputBits: Self.outputBits(of: circuit), features: circuit.inputs.count)
    }

    /// How many bits one evaluation's outputs have: what a policy must count at least.
    public static func outputBits(of circuit: Circuit) -> Int64 { circuit.outputs.reduce(0) { $0 + bits($1.type) } }

    /// Whether the ranges of any inputs are checked inside the computation.
    public static func checksRanges(_ circuit: Circuit) -> Bool {
        circuit.inputs.contains { $0.range != nil || $0.type != .field }
    }

    private static func bits(_ type: Circuit.WireType) -> Int64 {
        switch type {
        case .field: 127
        case .integer(let bits): Int64(bits)
        case .fixed(let bits, _): Int64(bits)
        case .bit: 1
        }
    }

    /// The terms under which the owner installs secrets: those of a name of its own, so that nothing signed for an evaluation
    /// counts here.
    public func secretsTerms(by custodians: CustodianSet, epoch: Int64) throws -> ActivationTerms {
        try ActivationTerms(
            program: Digest.sha3_256(Array("chancery/custodian/secrets/v1".utf8) + [0] + id), version: version,
            policy: [UInt8](repeating: 0, count: 32), custodians: custodians.digest, epoch: epoch)
    }
}
