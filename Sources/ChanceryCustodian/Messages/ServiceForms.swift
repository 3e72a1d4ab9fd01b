public import ChanceryArithmetic
public import ChanceryOracle
public import ChancerySuite
internal import ChanceryThreshold
public import ChanceryWire

// How clients and a coordinator write to each other as JSON over HTTP (docs/spec/compute-node.md).

extension ProgramStatement {
    public var json: JSONValue {
        get throws {
            [
                "bundle": try bundle?.json ?? .null, "package": .string(Base64.url.encode(package)),
                "secrets": secrets?.json ?? .null,
            ]
        }
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "program")
        let bundle = try reader.value("bundle")
        let secrets = try reader.value("secrets")
        let package = try Base64.url.decode(reader.string("package", limit: 2 * ProgramContent.maximumBytes))
        try reader.finish()
        self.init(
            package: package, bundle: bundle.isNull ? nil : try ActivationBundle(bundle),
            secrets: secrets.isNull ? nil : try StatedSecrets(secrets))
    }
}

/// An owner's secrets as everybody may know them: masked. They name the session of an evaluation.
public struct StatedSecrets: Sendable, Hashable {
    /// The index under which they were installed.
    public let index: UInt64
    public let masked: [FieldElement]

    init(_ installed: InstalledSecrets) {
        index = installed.index
        masked = installed.masked
    }

    public var json: JSONValue {
        ["index": .integer(Int64(clamping: index)), "masked": .string(Base64.url.encode(masked.flatMap(\.bytes)))]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "secrets")
        index = UInt64(try reader.integer("index", in: 0...CanonicalForm.largestSafeInteger))
        masked = try Self.elements(Base64.url.decode(reader.string("masked", limit: 32 << 20)))
        try reader.finish()
    }

    /// Elements one after another, as they are stored.
    ///
    /// - Throws: `custodian.message_malformed` unless these are whole elements of the field.
    static func elements(_ bytes: [UInt8]) throws -> [FieldElement] {
        let width = FieldElement.byteCount
        guard bytes.count % width == 0 else { throw CustodianError(.messageMalformed, "masked secrets are whole elements") }
        return try stride(from: 0, to: bytes.count, by: width).map { place in
            guard let element = FieldElement(bytes: bytes[place..<place + width]) else {
                throw CustodianError(.messageMalformed, "a masked secret lies beyond the field")
            }
            return element
        }
    }
}

/// What a client asks for with a claim.
public struct ClaimForm: Sendable {
    public let program: [UInt8]
    public let isForSecrets: Bool
    public let ticket: UnverifiedRecord
    public let claim: UnverifiedRecord
    /// The client's key: whoever has no budget under it gets nothing for showing it.
    public let client: VerifyingKey<Purpose.Ticket>
    /// The inputs, where custodians see them.
    public let rows: PlainRows?

    public static func json(
        _ program: [UInt8], secrets: Bool, ticket: Ticket, claim: Claim, rows: PlainRows?,
        client: VerifyingKey<Purpose.Ticket>
    ) throws -> JSONValue {
        [
            "claim": try JSONParser.parse(claim.record.bytes), "client": .string(Base64.url.encode(client.bytes)),
            "program": .string(Hex.encode(program)), "rows": rows.json, "secrets": .bool(secrets),
            "ticket": try JSONParser.parse(ticket.record.bytes),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "request")
        program = try reader.hex("program", count: 32)
        isForSecrets = try reader.bool("secrets")
        ticket = try UnverifiedRecord(reader.value("ticket"))
        claim = try UnverifiedRecord(reader.value("claim"))
        client = try VerifyingKey(.mlDSA65, Base64.url.decode(reader.string("client", limit: 4096)))
        rows = try reader.plainRows("rows")
        try reader.finish()
    }
}

extension ClaimGrant {
    public var json: JSONValue {
        [
            "certificate": .string(Base64.url.encode(certificate)), "masks": Shares.json(masks),
            "parties": .array(parties.map { .integer(Int64($0)) }),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "grant")
        let certificate = try Base64.url.decode(reader.string("certificate", limit: 32 << 20))
        let (masks, parties) = try (Shares.read(reader.value("masks")), reader.parties("parties"))
        try reader.finish()
        self.init(certificate: certificate, parties: parties, masks: masks)
    }
}

/// A client's masked values, as it submits them.
public struct SubmissionForm: Sendable {
    public let program: [UInt8]
    public let submission: UnverifiedRecord
    public let client: VerifyingKey<Purpose.Ticket>
    public let frames: [Int: [UInt8]]

    public static func json(
        _ program: [UInt8], _ submission: Submission, _ frames: [Int: [UInt8]], client: VerifyingKey<Purpose.Ticket>
    ) throws -> JSONValue {
        [
            "client": .string(Base64.url.encode(client.bytes)), "frames": Shares.json(frames),
            "program": .string(Hex.encode(program)), "submission": try JSONParser.parse(submission.record.bytes),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "submission")
        program = try reader.hex("program", count: 32)
        submission = try UnverifiedRecord(reader.value("submission"))
        client = try VerifyingKey(.mlDSA65, Base64.url.decode(reader.string("client", limit: 4096)))
        frames = try Shares.read(reader.value("frames"))
        try reader.finish()
    }
}

extension SubmissionAnswer {
    public var json: JSONValue {
        [
            "named": .array(named.map { .integer(Int64($0)) }),
            "refusals": .array(
                refusals.sorted { $0.key < $1.key }.map {
                    [
                        "code": .string($0.value.code), "custodian": .integer(Int64($0.key)),
                        "detail": .string($0.value.detail),
                    ]
                }), "results": Shares.json(results),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "answer")
        var refusals: [Int: CustodianError] = [:]
        for item in try reader.array("refusals", limit: 16) {
            var one = try RecordReader(item, "refusal")
            let party = Int(try one.integer("custodian", in: 1...16))
            refusals[party] = CustodianError(
                stated: try one.string("code", limit: 64), try one.string("detail", limit: 1024))
            try one.finish()
        }
        let named = try reader.array("named", limit: 16).map { Int(clamping: $0.integer ?? 0) }
        let results = try Shares.read(reader.value("results"))
        try reader.finish()
        self.init(results: results, refusals: refusals, named: named)
    }
}

/// Bytes of each custodian, by number.
enum Shares {
    static func json(_ shares: [Int: [UInt8]]) -> JSONValue {
        .array(
            shares.sorted { $0.key < $1.key }.map {
                ["bytes": .string(Base64.url.encode($0.value)), "custodian": .integer(Int64($0.key))]
            })
    }

    static func read(_ value: JSONValue) throws -> [Int: [UInt8]] {
        guard let list = value.array, list.count <= 16 else {
            throw CustodianError(.messageMalformed, "shares are a list with at most one item for each custodian")
        }
        var shares: [Int: [UInt8]] = [:]
        for item in list {
            var reader = try RecordReader(item, "share")
            shares[Int(try reader.integer("custodian", in: 1...16))] = try Base64.url.decode(
                reader.string("bytes", limit: 32 << 20))
            try reader.finish()
        }
        return shares
    }
}
