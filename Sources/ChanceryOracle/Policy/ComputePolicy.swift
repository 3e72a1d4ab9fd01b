internal import ChancerySuite
internal import ChanceryWire

/// What clients may ask of a program: budgets, speed, precision, and what each answer gives away.
///
/// The owner writes it, custodians approve its digest together with the program, and every custodian enforces it by itself.
public struct ComputePolicy: Sendable, Hashable {
    public static let type = "chancery/compute-policy/v1"
    public static let amounts: ClosedRange<Int64> = 0...CanonicalForm.largestSafeInteger

    /// What one evaluation costs, in the units of the budgets.
    public var cost: Int64 = 1
    /// What one client may spend in an epoch.
    public var clientBudget: Int64 = 5
    /// What all clients together may spend in an epoch.
    public var programBudget: Int64 = 100
    /// The token bucket of each client: this many at once, and this many a minute. Also the largest batch.
    public var evaluationsPerMinute: Int64 = 10
    /// Bits of output that one evaluation reveals; 127 for an unrounded field element.
    public var outputBits: Int64 = 8
    /// Whether the ranges of inputs are checked: a refusal tells one bit.
    public var checksRanges = true
    /// Nil: outputs are not counted in bits.
    public var bits: BitsTerms?
    /// Nil: inputs are hidden or not counted. With it custodians see inputs and refuse new directions.
    public var rank: RankTerms?
    /// Whether a result that nobody could check may be given out, flagged (rule T7).
    public var allowsUnchecked = false
    /// Whether custodians make new material when it runs low (rule T8).
    public var refillsMaterial = true
    /// The longest time from a ticket's making to its end, in seconds: 1…31 days.
    public var ticketSeconds: Int64 = 3600
    /// Past which simulated extraction the owner wants no activation; nil: he set no limit, and says so to everybody who approves.
    public var extraction: ExtractionLimit? = .standard

    public init() {}

    /// What one evaluation takes out of the bits ledger: the output, one bit for a range check and one for the rank (rule T6).
    public var bitsPerEvaluation: Int64 { outputBits + (checksRanges ? 1 : 0) + (rank == nil ? 0 : 1) }

    /// How many evaluations `budget` pays for; nil when they cost nothing.
    public func evaluations(within budget: Int64) -> Int64? { cost == 0 ? nil : budget / cost }

    /// Refuses a program that gives away more than this policy counts.
    ///
    /// - Throws: `compute.policy_understated` when one evaluation reveals more than ``outputBits``, when the bits ledger counts
    ///   more secret bits than the program has, or when inputs may be counted or checked and the program does neither.
    public func requireCovers(
        outputBits: Int64, secretBits: Int64, features: Int64, checksRanges: Bool
    ) throws(OracleError) {
        let counted = bits.map { $0.secrets * $0.bitsPerSecret } ?? 0
        func refused(_ why: String) -> OracleError { OracleError(.policyUnderstated, why) }
        guard outputBits <= self.outputBits else {
            throw refused("one evaluation gives \(outputBits) bits away, and `output_bits` counts \(self.outputBits)")
        }
        guard counted <= secretBits else {
            throw refused("`bits` counts \(counted) bits of secrets, and the program has \(secretBits)")
        }
        guard rank == nil || rank?.features == features else {
            throw refused("`rank` counts \(rank?.features ?? 0) features, and the program has \(features) inputs")
        }
        guard !self.checksRanges || checksRanges else {
            throw refused("`ranges` says that ranges are checked, and no input of the program has one")
        }
    }

    /// - Throws: `compute.policy_malformed` outside the ranges of docs/spec/compute-metering.md.
    public func check() throws(OracleError) {
        let inRange =
            Self.amounts.contains(cost) && Self.amounts.contains(clientBudget) && Self.amounts.contains(programBudget)
            && (1...1_000_000).contains(evaluationsPerMinute) && (1...127 * 4096).contains(outputBits)
            && (1...2_678_400).contains(ticketSeconds)
        guard inRange, clientBudget <= programBudget else {
            throw OracleError(
                .policyMalformed, "a number of the policy is out of its range, or one client may spend more than all together")
        }
    }
}

extension ComputePolicy {
    private var json: JSONObject {
        [
            "allow_unchecked": .bool(allowsUnchecked), "bits": bits?.json ?? .null, "client_budget": .integer(clientBudget),
            "cost": .integer(cost), "evaluations_per_minute": .integer(evaluationsPerMinute),
            "extraction": extraction?.json ?? .null,
            "output_bits": .integer(outputBits), "program_budget": .integer(programBudget), "ranges": .bool(checksRanges),
            "rank": rank?.json ?? .null, "refill": .bool(refillsMaterial), "ticket_seconds": .integer(ticketSeconds),
            "type": .string(Self.type),
        ]
    }

    /// The canonical form (RFC 8785).
    public var bytes: [UInt8] {
        get throws {
            try check()
            return try CanonicalForm.jcs.encode(json)
        }
    }

    /// SHA3-256 of ``bytes``: what approvals and decisions name.
    public var digest: [UInt8] { get throws { Digest.sha3_256(try bytes) } }

    /// Reads a policy of at most 4 KiB.
    ///
    /// - Throws: errors of reading; `wire.not_canonical` for bytes that are not their own canonical form;
    ///   `compute.policy_malformed` for numbers out of range.
    public init(decoding bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 4))
        var reader = try RecordReader(value, "policy")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw WireError(.invalidValue, "a policy has the type `\(Self.type)`")
        }
        cost = try reader.integer("cost")
        clientBudget = try reader.integer("client_budget")
        programBudget = try reader.integer("program_budget")
        evaluationsPerMinute = try reader.integer("evaluations_per_minute")
        outputBits = try reader.integer("output_bits")
        checksRanges = try reader.bool("ranges")
        let bits = try reader.value("bits")
        self.bits = bits.isNull ? nil : try BitsTerms(bits)
        let rank = try reader.value("rank")
        self.rank = rank.isNull ? nil : try RankTerms(rank)
        allowsUnchecked = try reader.bool("allow_unchecked")
        refillsMaterial = try reader.bool("refill")
        ticketSeconds = try reader.integer("ticket_seconds")
        let extraction = try reader.value("extraction")
        self.extraction = extraction.isNull ? nil : try ExtractionLimit(extraction)
        try reader.finish()
        guard try self.bytes == bytes else { throw WireError(.notCanonical, "the policy is not in canonical form") }
    }
}

extension OracleError.Reason {
    /// A policy is outside its ranges.
    public static let policyMalformed = Self(rawValue: "compute.policy_malformed")
    /// A program gives away more than the policy counts.
    public static let policyUnderstated = Self(rawValue: "compute.policy_understated")
}
