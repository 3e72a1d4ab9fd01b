public import ChanceryLedger
public import ChanceryWire

/// Lets a secret program run: which one, under which policy, and who of its custodians must take part.
public struct ProgramTerms: Sendable, Hashable {
    public static let custodianCounts = 1...64

    /// The program's hash.
    public let program: [UInt8]
    /// Of the package, 1 to 64 bytes.
    public let version: String
    /// The hash of the policy it runs under.
    public let policy: [UInt8]
    /// Ascending.
    public let custodians: [DID]
    /// How many custodians a run takes.
    public let threshold: Int64

    /// - Throws: `governance.proposal_malformed` for hashes or a version of wrong length, no or repeated custodians, or a
    ///   threshold that they cannot reach.
    public init(program: [UInt8], version: String, policy: [UInt8], custodians: [DID], threshold: Int64) throws(GovernanceError)
    {
        let sorted = custodians.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        guard program.count == 32, policy.count == 32, (1...64).contains(version.utf8.count) else {
            throw GovernanceError(.proposalMalformed, "a program has two hashes of 32 bytes and a version of 1 to 64 bytes")
        }
        guard Self.custodianCounts.contains(sorted.count), Set(sorted).count == sorted.count,
            (1...Int64(sorted.count)).contains(threshold)
        else {
            throw GovernanceError(
                .proposalMalformed, "a program has 1 to 64 custodians, each once, who can reach its threshold")
        }
        self.program = program
        self.version = version
        self.policy = policy
        self.custodians = sorted
        self.threshold = threshold
    }

    public var json: JSONValue {
        [
            "custodians": .array(custodians.map { .string($0.text) }), "policy": .string(Hex.encode(policy)),
            "program": .string(Hex.encode(program)), "threshold": .integer(threshold), "version": .string(version),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "program")
        let custodians = try reader.array("custodians", limit: Self.custodianCounts.upperBound).map {
            try DID($0.string ?? "")
        }
        try self.init(
            program: reader.hex("program", count: 32), version: reader.string("version", limit: 64),
            policy: reader.hex("policy", count: 32), custodians: custodians, threshold: reader.integer("threshold"))
        try reader.finish()
        guard self.custodians == custodians else {
            throw GovernanceError(.proposalMalformed, "the custodians are not in ascending order")
        }
    }
}
