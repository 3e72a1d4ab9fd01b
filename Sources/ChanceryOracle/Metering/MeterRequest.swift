public import ChancerySuite
public import ChanceryWire

/// What a claim asks of the books: whose, how much, until when.
public struct MeterRequest: Sendable, Hashable {
    public let claim: Digest256
    public let client: Digest256
    public let ticket: Digest256
    public let evaluations: Int64
    /// How many evaluations the ticket covers.
    public let covered: Int64
    public let issued: UTCTime
    public let ticketExpires: UTCTime
    public let expires: UTCTime
    /// The inputs, where custodians see them.
    public internal(set) var rows: PlainRows?

    /// For a gateway that keeps books on labels of its own; custodians use ``init(_:ticket:under:rows:)``.
    ///
    /// - Throws: `compute.claim_malformed` outside 1…4096 evaluations or 1…1,000,000 covered ones.
    public init(
        claim: Digest256, client: Digest256, ticket: Digest256, evaluations: Int64, covered: Int64, issued: UTCTime,
        ticketExpires: UTCTime, expires: UTCTime, rows: PlainRows? = nil
    ) throws(OracleError) {
        guard (1...Claim.mostEvaluations).contains(evaluations), Ticket.evaluationCounts.contains(covered),
            rows == nil || rows?.rows.count == Int(evaluations)
        else { throw OracleError(.claimMalformed, "a claim is for 1 to 4096 evaluations, with a row for each or none") }
        self.claim = claim
        self.client = client
        self.ticket = ticket
        self.evaluations = evaluations
        self.covered = covered
        self.issued = issued
        self.ticketExpires = ticketExpires
        self.expires = expires
        self.rows = rows
    }

    /// From a verified claim and its ticket, under the activation whose books these are. `rows` are the inputs that the
    /// claim names.
    ///
    /// - Throws: `compute.claim_foreign` when claim or ticket are for another activation, `compute.claim_malformed` when the
    ///   claim belongs to another ticket, `compute.rows_malformed` when `rows` are not those whose digest it names.
    public init(_ claim: Claim, ticket: Ticket, under terms: ActivationTerms, rows: PlainRows? = nil) throws(OracleError) {
        guard claim.activation == terms.id, ticket.program == terms.program, ticket.epoch == terms.epoch else {
            throw OracleError(.claimForeign, "the claim is for another program, version, policy, set of custodians or epoch")
        }
        guard claim.ticket == ticket.id, claim.client == ticket.client, let id = Digest256(claim.id),
            let client = Digest256(claim.client), let ticketID = Digest256(ticket.id)
        else { throw OracleError(.claimMalformed, "the claim does not belong to its ticket") }
        guard claim.rows == rows?.digest else {
            throw OracleError(.rowsMalformed, "the inputs are not those that the claim names")
        }
        try self.init(
            claim: id, client: client, ticket: ticketID, evaluations: claim.evaluations, covered: ticket.evaluations,
            issued: ticket.issued, ticketExpires: ticket.expires, expires: claim.expires, rows: rows)
    }
}

extension MeterRequest {
    var json: JSONValue {
        [
            "claim": .string(claim.description), "client": .string(client.description), "covered": .integer(covered),
            "evaluations": .integer(evaluations), "expires": .string(expires.text), "issued": .string(issued.text),
            "rows": rows.map { .string(Base64.url.encode($0.bytes)) } ?? .null, "ticket": .string(ticket.description),
            "ticket_expires": .string(ticketExpires.text),
        ]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "request")
        let rows = try reader.value("rows")
        try self.init(
            claim: reader.digest("claim"), client: reader.digest("client"), ticket: reader.digest("ticket"),
            evaluations: reader.integer("evaluations"), covered: reader.integer("covered"), issued: reader.time("issued"),
            ticketExpires: reader.time("ticket_expires"), expires: reader.time("expires"),
            rows: rows.isNull ? nil : PlainRows(decoding: Base64.url.decode(rows.string ?? "?")))
        try reader.finish()
    }
}

extension RecordReader {
    mutating func digest(_ name: String) throws -> Digest256 {
        guard let digest = Digest256(try hex(name, count: 32)) else {
            throw WireError(.invalidValue, "`\(name)` is not a digest")
        }
        return digest
    }
}
