public import ChancerySuite
public import ChanceryWire

/// An owner states what the simulator found for one program under one policy, with the key under which custodians know him.
///
/// It proves who states these curves, and for what: the program's id, which commits to the weights by a salted hash, and the
/// policy's digest. It does not prove that they were computed from those weights: nobody but the owner has them. What follows
/// from the curves under the policy, everybody computes again.
public struct ExtractionStatement: Sendable {
    public static let type = "chancery/compute-extraction/v1"
    static let mostPoints = 64

    public let record: VerifiedRecord
    /// The id of the owner's ticket key.
    public let owner: [UInt8]
    public let program: [UInt8]
    /// Of the ``ComputePolicy``.
    public let policy: [UInt8]
    /// What clients are told, as the simulator was told.
    public let shape: OutputShape
    public let features: Int
    public let time: UTCTime
    private let curves: [ExtractionReport.Curve]

    public var id: [UInt8] { record.id }

    /// Signs a report on `program` under `policy`. Numbers become millionths, rounded against the owner. `salt` is 16 random bytes.
    public static func sign(
        _ report: ExtractionReport, on program: [UInt8], under policy: ComputePolicy, at time: UTCTime,
        by key: SigningKey<Purpose.Ticket>, salt: [UInt8]
    ) throws -> ExtractionStatement {
        let curves = report.curves.filter(\.isPossible).map { curve -> JSONValue in
            [
                "attack": .string(curve.attack.rawValue),
                "points": .array(
                    curve.points.map {
                        [
                            "agreement": .integer(millionths($0.agreement, .up)), "queries": .integer(Int64($0.queries)),
                            "weight_error": .integer(millionths($0.weightError, .down)),
                        ]
                    }),
            ]
        }
        let body: JSONObject = [
            "answers": .string(report.shape.text), "curves": .array(curves), "features": .integer(Int64(report.features)),
            "owner": .string(Hex.encode(key.publicKey.id)), "policy": .string(Hex.encode(try policy.digest)),
            "program": .string(Hex.encode(program)), "salt": .string(Base64.url.encode(salt)), "time": .string(time.text),
        ]
        return try ExtractionStatement(.sign(body, type: type, by: key))
    }

    private static func millionths(_ number: Double, _ rule: FloatingPointRoundingRule) -> Int64 {
        Int64((min(max(number.isNaN ? 0 : number, 0), 1e6) * 1e6).rounded(rule))
    }

    /// The owner whose statement `record` says it is. Nobody has checked it.
    public static func statedOwner(_ record: UnverifiedRecord) throws -> [UInt8] {
        try Hex.decode(record.body["owner"]?.string ?? "?", count: 32)
    }

    /// Reads the statement of the owner with `key`.
    ///
    /// - Throws: errors of reading and of a false signature; `compute.extraction_foreign` when it names another owner.
    public static func verify(
        _ record: UnverifiedRecord, by key: VerifyingKey<Purpose.Ticket>
    ) throws -> ExtractionStatement {
        let statement = try ExtractionStatement(record.verify(type: type, by: key))
        guard statement.owner == key.id else {
            throw OracleError(.extractionForeign, "the statement names another owner than the one who signed it")
        }
        return statement
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "extraction statement")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        owner = try reader.hex("owner", count: 32)
        program = try reader.hex("program", count: 32)
        policy = try reader.hex("policy", count: 32)
        shape = try OutputShape(reader.string("answers", limit: 128))
        features = Int(try reader.integer("features", in: 1...Int64(LinearModel.features.upperBound)))
        time = try reader.time("time")
        curves = try reader.array("curves", limit: ExtractionAttack.allCases.count).map { try Self.curve($0) }
        try reader.finish()
        self.record = record
    }

    private static func curve(_ value: JSONValue) throws -> ExtractionReport.Curve {
        var reader = try RecordReader(value, "curve")
        let name = try reader.string("attack", limit: 32)
        guard let attack = ExtractionAttack.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
            throw WireError(.invalidValue, "`\(name)` is no attack that is known")
        }
        let points = try reader.array("points", limit: mostPoints).map { value -> ExtractionReport.Point in
            var point = try RecordReader(value, "point")
            let queries = Int(try point.integer("queries", in: 1...Int64(ExtractionSimulator.horizon)))
            let error = Double(try point.integer("weight_error", in: 0...1_000_000_000_000)) / 1e6
            let agreement = Double(try point.integer("agreement", in: 0...1_000_000)) / 1e6
            try point.finish()
            return .init(queries: queries, weightError: error, agreement: agreement)
        }
        try reader.finish()
        guard zip(points, points.dropFirst()).allSatisfy({ $0.queries < $1.queries }) else {
            throw OracleError(.extractionIncomplete, "the points of a curve ascend by questions")
        }
        return .init(attack: attack, isPossible: true, points: points)
    }
}

extension ExtractionStatement {
    /// Refuses to let `program` run under `policy` unless this statement is about exactly these, tells of every attack that the
    /// answers allow up to the end of all budgets, and none of them is past the owner's limit.
    ///
    /// - Parameters:
    ///   - outputBits: how many bits one evaluation's answer has.
    ///   - features: how many inputs the program has.
    /// - Throws: `compute.extraction_foreign`, `compute.extraction_incomplete`, `compute.extractable`.
    public func requireWithinLimit(
        of program: [UInt8], under policy: ComputePolicy, outputBits: Int64, features: Int
    ) throws {
        guard self.program == program, try self.policy == policy.digest, self.features == features else {
            throw OracleError(.extractionForeign, "the statement is about another program or policy")
        }
        guard shape.covers(outputBits) else {
            throw OracleError(
                .extractionIncomplete, "the simulator was told of `\(shape.text)`, and the program gives out \(outputBits) bits"
            )
        }
        let allowance = ExtractionSimulator.allowance(under: policy)
        let horizon = Int64(ExtractionSimulator.horizon)
        let ends = [allowance.client, allowance.program].map { Int(min($0 ?? horizon, horizon)) }.filter { $0 > 0 }
        for attack in ExtractionAttack.allCases where attack.isRequired(against: shape, under: policy) {
            guard let curve = curves.first(where: { $0.attack == attack }),
                ends.allSatisfy({ end in curve.points.contains { $0.queries == end } })
            else {
                throw OracleError(
                    .extractionIncomplete, "the statement does not tell of `\(attack.rawValue)` up to the end of the budgets")
            }
        }
        try ExtractionReport(
            curves: curves, client: allowance.client, program: allowance.program,
            rank: ExtractionSimulator.rankLimits(of: shape, under: policy), limit: policy.extraction, features: features,
            shape: shape
        ).requireWithinLimit()
    }
}

extension ExtractionAttack {
    /// Whether a simulation of `shape` has this attack in any case.
    fileprivate func isRequired(against shape: OutputShape, under policy: ComputePolicy) -> Bool {
        switch self {
        case .exact: shape == .exact
        case .packing: shape == .exact && !policy.checksRanges
        case .leastSquares: shape != .exact && shape != .label
        case .corners: shape != .label
        case .labels, .adaptive: true
        }
    }
}

extension OracleError.Reason {
    /// A statement about extraction that is not about the program and policy at hand, or not of the owner it names.
    public static let extractionForeign = Self(rawValue: "compute.extraction_foreign")
    /// A statement about extraction that leaves out what the policy allows.
    public static let extractionIncomplete = Self(rawValue: "compute.extraction_incomplete")
    /// A program with secrets was to be activated under a limit that no statement is within.
    public static let extractionMissing = Self(rawValue: "compute.extraction_missing")
}
