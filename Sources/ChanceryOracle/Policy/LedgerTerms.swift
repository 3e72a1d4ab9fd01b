internal import ChanceryWire

/// How many bits of output a program may give away about its secrets: Σβ ≤ ρ·d·b.
///
/// After outputs of Σβ bits an exact copy of secrets with H bits of entropy is guessed with probability at most
/// 2^(Σβ − H), whatever the attacker does.
public struct BitsTerms: Sendable, Hashable {
    /// How many secret values the program holds (d).
    public let secrets: Int64
    /// Bits of each (b).
    public let bitsPerSecret: Int64
    /// The share of all bits that one client may learn, and that all clients together may learn.
    public let client, program: Share

    /// - Throws: `compute.policy_malformed` outside 1…2^24 secrets of 1…127 bits, or for a client who may learn more than all.
    public init(secrets: Int64, bitsPerSecret: Int64, client: Share, program: Share) throws(OracleError) {
        guard (1...1 << 24).contains(secrets), (1...127).contains(bitsPerSecret), client <= program else {
            throw OracleError(
                .policyMalformed, "a bits ledger counts 1 to 2^24 secrets of 1 to 127 bits, and no client learns more than all")
        }
        self.secrets = secrets
        self.bitsPerSecret = bitsPerSecret
        self.client = client
        self.program = program
    }

    /// The most bits that one client gets.
    public var clientLimit: Int64 { client.floor(of: secrets * bitsPerSecret) }
    /// The most bits that all clients get together.
    public var programLimit: Int64 { program.floor(of: secrets * bitsPerSecret) }

    var json: JSONValue {
        [
            "bits_per_secret": .integer(bitsPerSecret), "client": .integer(client.millionths),
            "program": .integer(program.millionths), "secrets": .integer(secrets),
        ]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "bits ledger")
        try self.init(
            secrets: reader.integer("secrets"), bitsPerSecret: reader.integer("bits_per_secret"),
            client: reader.share("client"), program: reader.share("program"))
        try reader.finish()
    }
}

/// How many directions of the input space clients may ask about, where custodians see the inputs.
///
/// The rows are (1, x) over the field. A linear program with d inputs and a bias is known exactly after d+1 independent rows;
/// a row in the span of earlier ones tells nothing new.
public struct RankTerms: Sendable, Hashable {
    public static let features: ClosedRange<Int64> = 1...4096

    /// The number of inputs (d).
    public let features: Int64
    /// The share of the d+1 directions for one client and for all together.
    public let client, program: Share

    /// - Throws: `compute.policy_malformed` outside 1…4096 features, or for a client who may ask more than all.
    public init(features: Int64, client: Share, program: Share) throws(OracleError) {
        guard Self.features.contains(features), client <= program else {
            throw OracleError(.policyMalformed, "a rank ledger counts 1 to 4096 features, and no client asks more than all")
        }
        self.features = features
        self.client = client
        self.program = program
    }

    /// ⌊ρ(d+1)⌋ for one client.
    public var clientLimit: Int { Int(client.floor(of: features + 1)) }
    /// ⌊ρ(d+1)⌋ for all clients together.
    public var programLimit: Int { Int(program.floor(of: features + 1)) }

    var json: JSONValue {
        [
            "client": .integer(client.millionths), "features": .integer(features), "program": .integer(program.millionths),
        ]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "rank ledger")
        try self.init(
            features: reader.integer("features"), client: reader.share("client"), program: reader.share("program"))
        try reader.finish()
    }
}
