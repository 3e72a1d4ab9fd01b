internal import ChanceryArithmetic
internal import ChancerySuite
public import ChanceryWire

/// A program package as QuorumVM sends it, with the SHA-256 id that its form has.
///
/// The version is no part of the id: two versions with equal content share one. Our own packages hash it.
public struct SeedPackage: Sendable, Equatable {
    /// QuorumVM's policy: whole numbers from 0.
    public struct Policy: Sendable, Hashable {
        public let cost: Int64
        public let budget: Int64
        public let evaluationsPerMinute: Int64

        public init(cost: Int64 = 1, budget: Int64 = 5, evaluationsPerMinute: Int64 = 10) {
            self.cost = cost
            self.budget = budget
            self.evaluationsPerMinute = evaluationsPerMinute
        }
    }

    public static let maximumNameLength = 256

    public let version: String
    public let program: SeedProgram
    public let policy: Policy
    /// The name under which QuorumVM shares one secret that no evaluation uses.
    public let secretName: String
    /// 64 hexadecimal characters.
    public let programID: String

    /// - Throws: ``WireError`` for a name or version that is too long.
    public init(program: SeedProgram, version: String = "1.0.0", policy: Policy, secretName: String = "S_v") throws(WireError) {
        guard version.utf8.count <= Self.maximumNameLength, secretName.utf8.count <= Self.maximumNameLength,
            program.isOfSeed, min(policy.cost, policy.budget, policy.evaluationsPerMinute) >= 0
        else {
            throw WireError(
                .invalidValue, "a package has a version, a secret's name and a policy of usual size, and constants with values")
        }
        self.program = program
        self.version = version
        self.policy = policy
        self.secretName = secretName
        programID = Hex.encode(
            Digest.sha256(try Self.hashedBytes(program: program, policy: policy, secretName: secretName)))
    }

    /// Reads a package and holds its id against its content.
    ///
    /// - Throws: `compute.program_id_mismatch`; the errors of ``SeedProgram/init(json:)``.
    public init(json: JSONValue) throws {
        var reader = try RecordReader(json, "program package")
        let claimed = try reader.string("program_id", limit: 64)
        let version = try reader.string("version", limit: Self.maximumNameLength)
        let program = try SeedProgram(json: reader.value("ir"))
        var policy = RecordReader(try reader.object("policy_manifest"), "policy manifest")
        var secret = RecordReader(try reader.object("secret_manifest"), "secret manifest")
        try reader.finish()
        let numbers = try Policy(
            cost: policy.integer("cost_per_eval"), budget: policy.integer("budget_per_identity"),
            evaluationsPerMinute: policy.integer("max_evals_per_minute"))
        try policy.finish()
        let secretName = try secret.string("secret_name", limit: Self.maximumNameLength)
        try secret.finish()
        try self.init(program: program, version: version, policy: numbers, secretName: secretName)
        guard claimed == programID else {
            throw CircuitError(.programIDMismatch, "the package says `\(claimed)`, its content has the id `\(programID)`")
        }
    }

    public var json: JSONValue {
        [
            "program_id": .string(programID), "version": .string(version), "ir": program.json,
            "policy_manifest": Self.json(policy), "secret_manifest": ["secret_name": .string(secretName)],
        ]
    }

    /// The package as text in the form that is hashed; integers have any size.
    public var bytes: [UInt8] { get throws(WireError) { try PythonJSON.encode(json) } }

    /// The bytes whose SHA-256 is the id.
    public var hashedBytes: [UInt8] {
        get throws(WireError) { try Self.hashedBytes(program: program, policy: policy, secretName: secretName) }
    }

    private static func hashedBytes(
        program: SeedProgram, policy: Policy, secretName: String
    ) throws(WireError) -> [UInt8] {
        try PythonJSON.encode([
            "ir": program.json, "policy_manifest": json(policy), "secret_manifest": ["secret_name": .string(secretName)],
        ])
    }

    private static func json(_ policy: Policy) -> JSONValue {
        [
            "budget_per_identity": .integer(policy.budget), "cost_per_eval": .integer(policy.cost),
            "max_evals_per_minute": .integer(policy.evaluationsPerMinute),
        ]
    }
}
