public import ChancerySuite
public import ChanceryWire

/// A client's wish to have a program run, signed with the client's own key: no share leaves a custodian without one.
///
/// One ticket may cover a connection or a batch: it is good for ``evaluations`` until it expires.
public struct Ticket: Sendable {
    public static let type = "chancery/compute-ticket/v1"
    public static let evaluationCounts: ClosedRange<Int64> = 1...1_000_000

    public let record: VerifiedRecord
    public let program: [UInt8]
    public let epoch: Int64
    /// The id of the client's ticket key: whose budgets are spent.
    public let client: [UInt8]
    /// How many evaluations it covers.
    public let evaluations: Int64
    /// H(Δ) of the masked inputs, where the client knows them already; nil when submissions name them.
    public let inputs: [UInt8]?
    public let issued: UTCTime
    public let expires: UTCTime

    public var id: [UInt8] { record.id }

    /// Signs a ticket. `nonce` is 16 random bytes.
    public static func sign(
        for terms: ActivationTerms, evaluations: Int64, inputs: [UInt8]? = nil, from issued: UTCTime, until expires: UTCTime,
        by key: SigningKey<Purpose.Ticket>, nonce: [UInt8]
    ) throws -> Ticket {
        let body: JSONObject = [
            "client": .string(Hex.encode(key.publicKey.id)), "epoch": .integer(terms.epoch),
            "evaluations": .integer(evaluations), "expires": .string(expires.text),
            "inputs": inputs.map { .string(Hex.encode($0)) } ?? .null, "issued": .string(issued.text),
            "nonce": .string(Base64.url.encode(nonce)), "program": .string(Hex.encode(terms.program)),
        ]
        return try Ticket(.sign(body, type: type, by: key))
    }

    /// Reads a ticket of the client with `key`, whom the caller knows.
    ///
    /// - Throws: errors of reading and of a false signature; `compute.ticket_malformed` when it ends before it begins or names
    ///   another key than the one that signed.
    public static func verify(_ record: UnverifiedRecord, by key: VerifyingKey<Purpose.Ticket>) throws -> Ticket {
        let ticket = try Ticket(record.verify(type: type, by: key))
        guard ticket.client == key.id else {
            throw OracleError(.ticketMalformed, "the ticket names another client than the one who signed it")
        }
        return ticket
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "ticket")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("nonce", count: 16)
        program = try reader.hex("program", count: 32)
        epoch = try reader.integer("epoch", in: ActivationTerms.epochs)
        client = try reader.hex("client", count: 32)
        evaluations = try reader.integer("evaluations", in: Self.evaluationCounts)
        inputs = try reader.optionalHex("inputs")
        issued = try reader.time("issued")
        expires = try reader.time("expires")
        try reader.finish()
        guard issued < expires else { throw OracleError(.ticketMalformed, "the ticket ends before it begins") }
        self.record = record
    }
}

extension RecordReader {
    /// 32 bytes in hexadecimal, or null.
    mutating func optionalHex(_ name: String) throws(WireError) -> [UInt8]? {
        try value(name).isNull ? nil : try hex(name, count: 32)
    }
}

extension OracleError.Reason {
    /// A ticket contradicts itself.
    public static let ticketMalformed = Self(rawValue: "compute.ticket_malformed")
}
