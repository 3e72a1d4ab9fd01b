public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// What one evaluation was, in hashes and ledger values: no inputs, no results.
public struct EvaluationEvent: Sendable, Hashable {
    public static let type = "chancery/compute-event/v1"

    /// What became of the evaluation. The first three are flags of results (rule T7).
    public enum Outcome: String, Sendable, CaseIterable {
        case corrected, checked, unchecked
        /// A lie or a failure was seen: no result, the material is burnt.
        case aborted
        /// This custodian did not serve it, for the reason that ``refusal`` names.
        case refused
    }

    public var claim: Digest256
    public var client: Digest256
    /// H(Δ) of the masked inputs; nil when none came.
    public var inputs: Digest256?
    /// Over everything that was opened; nil when nothing was.
    public var transcript: Digest256?
    public var indices: MaterialIndices?
    public var outcome: Outcome
    public var refusal: ComputeRefusal?
    /// Custodians that are named as liars, ascending.
    public var named: [DID]
    public var standing: Standing
    public var time: UTCTime
    /// How many refusals of this client for this reason, since the last one that is an event, have none.
    public var others: Int64

    public init(
        claim: Digest256, client: Digest256, inputs: Digest256? = nil, transcript: Digest256? = nil,
        indices: MaterialIndices? = nil, outcome: Outcome, refusal: ComputeRefusal? = nil, named: [DID] = [],
        standing: Standing, time: UTCTime, others: Int64 = 0
    ) {
        self.claim = claim
        self.client = client
        self.inputs = inputs
        self.transcript = transcript
        self.indices = indices
        self.outcome = outcome
        self.refusal = refusal
        self.named = named.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        self.standing = standing
        self.time = time
        self.others = others
    }

    /// The canonical form (RFC 8785) as event `sequence` after the event with the hash `previous`.
    func bytes(sequence: Int64, previous: Digest256?) throws -> [UInt8] {
        var json: JSONObject = [
            "claim": .string(claim.description), "client": .string(client.description),
            "indices": indices?.json ?? .null, "inputs": Self.text(inputs), "named": .array(named.map { .string($0.text) }),
            "outcome": .string(outcome.rawValue), "previous": Self.text(previous),
            "refusal": refusal.map { .string($0.rawValue) } ?? .null, "sequence": .integer(sequence),
            "standing": standing.json, "time": .string(time.text), "transcript": Self.text(transcript),
            "type": .string(Self.type),
        ]
        // Absent where there are none.
        if others > 0 { json["others"] = .integer(others) }
        return try CanonicalForm.jcs.encode(.object(json))
    }

    private static func text(_ digest: Digest256?) -> JSONValue { digest.map { .string($0.description) } ?? .null }

    /// Reads an event, and where it says that it stands.
    ///
    /// - Throws: errors of reading; `wire.not_canonical`.
    public static func read(_ bytes: [UInt8]) throws -> (event: EvaluationEvent, sequence: Int64, previous: Digest256?) {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 4))
        var reader = try RecordReader(value, "event")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(type.utf8) else {
            throw WireError(.invalidValue, "an event of an evaluation has the type `\(type)`")
        }
        guard let outcome = Outcome(rawValue: try reader.string("outcome", limit: 16)) else {
            throw WireError(.invalidValue, "an evaluation has one of five outcomes")
        }
        let refusal = try reader.value("refusal")
        let reason = refusal.string.flatMap(ComputeRefusal.init(rawValue:))
        guard refusal.isNull || reason != nil else { throw WireError(.invalidValue, "the event has an unknown refusal") }
        let hasIndices = try !reader.value("indices").isNull
        let others = try reader.optional("others") == nil ? 0 : reader.integer("others")
        let event = try EvaluationEvent(
            claim: reader.digest("claim"), client: reader.digest("client"), inputs: reader.optionalDigest("inputs"),
            transcript: reader.optionalDigest("transcript"),
            indices: hasIndices ? MaterialIndices(&reader, "indices") : nil, outcome: outcome, refusal: reason,
            named: reader.array("named", limit: 64).map { try DID($0.string ?? "") },
            standing: Standing(reader.value("standing")), time: reader.time("time"), others: others)
        let (sequence, previous) = (try reader.integer("sequence"), try reader.optionalDigest("previous"))
        try reader.finish()
        guard try event.bytes(sequence: sequence, previous: previous) == bytes else {
            throw WireError(.notCanonical, "the event is not in canonical form")
        }
        return (event, sequence, previous)
    }
}

extension RecordReader {
    mutating func optionalDigest(_ name: String) throws -> Digest256? {
        try value(name).isNull ? nil : try digest(name)
    }
}

extension Standing {
    var json: JSONValue {
        [
            "bits": Self.text(bitsRemaining), "program": Self.text(programRemaining),
            "program_bits": Self.text(programBitsRemaining), "program_rank": Self.text(programRank.map(Int64.init)),
            "rank": Self.text(rank.map(Int64.init)), "remaining": Self.text(remaining), "tokens": Self.text(tokens),
        ]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "standing")
        func optional(_ name: String) throws -> Int64? { try reader.value(name).isNull ? nil : reader.integer(name) }
        self.init(
            remaining: try reader.integer("remaining"), programRemaining: try reader.integer("program"),
            bitsRemaining: try optional("bits"), programBitsRemaining: try optional("program_bits"),
            rank: try optional("rank").map(Int.init), programRank: try optional("program_rank").map(Int.init),
            tokens: try reader.integer("tokens"))
        try reader.finish()
    }

    private static func text(_ number: Int64?) -> JSONValue { number.map { .integer($0) } ?? .null }
}
