internal import ChanceryArithmetic
internal import ChancerySuite
internal import ChanceryWire

/// All that books hold at one moment, in one entry: the entries before it can go.
///
/// Claims that expired more than a day before are not listed one by one: from here on every claim that expired before
/// ``forgotten`` counts as charged.
public struct BooksContent: Sendable, Hashable {
    static let memorySeconds: Int64 = 86_400

    struct Account: Sendable, Hashable {
        let client: Digest256
        let spent, bits: Int64
        let rank: [[FieldElement]]
        let parts: Int64
        let since: UTCTime
    }

    let accounts: [Account]
    let bits: Int64
    /// Claims and, of those that were submitted, the submissions; ascending.
    let charged: [Digest256]
    let submissions: [Digest256: Digest256]
    let expiries: [Digest256: UTCTime]
    let forgotten: UTCTime
    let isSuspended: Bool
    let rank: [[FieldElement]]
    let reservations: [MeterRequest]
    let spent: Int64
    let tickets: [Digest256: Books.TicketUse]
}

extension Books {
    /// What ``apply(_:)`` of it leads back to.
    var content: BooksContent {
        let edge = clock.advanced(bySeconds: -BooksContent.memorySeconds)
        let kept = charged.filter { expiries[$0].map { $0 > edge } ?? true }
        return BooksContent(
            accounts: accounts.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }.map { client, account in
                let (parts, since) = account.bucket.content
                return .init(
                    client: client, spent: account.spent, bits: account.bits?.spent ?? 0, rank: account.rank?.basis ?? [],
                    parts: parts, since: since)
            },
            bits: bits?.spent ?? 0, charged: kept.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) },
            submissions: submissions.filter { kept.contains($0.key) }, expiries: expiries.filter { kept.contains($0.key) },
            forgotten: max(forgotten, edge), isSuspended: isSuspended, rank: rank?.basis ?? [],
            reservations: reservations.values.sorted { $0.claim.bytes.lexicographicallyPrecedes($1.claim.bytes) }, spent: spent,
            tickets: tickets)
    }

    mutating func restore(_ content: BooksContent) {
        let fresh = Books(activation: activation, policy: policy, at: clock)
        (accounts, bits, rank, elements) = ([:], fresh.bits, fresh.rank, 0)
        for one in content.accounts {
            var account = fresh.account(one.client, at: one.since)
            account.spent = one.spent
            account.bits?.spend(one.bits)
            for row in one.rank where account.rank?.insert(row) == true { elements += row.count }
            account.bucket = TokenBucket(capacity: policy.evaluationsPerMinute, parts: one.parts, since: one.since)
            accounts[one.client] = account
        }
        bits?.spend(content.bits)
        for row in content.rank where rank?.insert(row) == true { elements += row.count }
        charged = Set(content.charged)
        (submissions, expiries, forgotten) = (content.submissions, content.expiries, content.forgotten)
        (isSuspended, spent, tickets) = (content.isSuspended, content.spent, content.tickets)
        reservations = Dictionary(content.reservations.map { ($0.claim, $0) }) { first, _ in first }
    }
}

extension BooksContent {
    private static let width = FieldElement.byteCount

    private static func text(_ rows: [[FieldElement]]) -> JSONValue {
        .array(rows.map { .string(Base64.url.encode($0.flatMap(\.bytes))) })
    }

    private static func rows(_ values: [JSONValue]) throws -> [[FieldElement]] {
        try values.map { value in
            let bytes = try Base64.url.decode(value.string ?? "?")
            guard bytes.count % width == 0 else { throw WireError(.invalidValue, "a direction has whole elements") }
            return try stride(from: 0, to: bytes.count, by: width).map { place in
                guard let element = FieldElement(bytes: bytes[place..<place + width]) else {
                    throw WireError(.invalidValue, "an element of a direction is not in the field")
                }
                return element
            }
        }
    }

    var json: JSONValue {
        [
            "accounts": .array(
                accounts.map {
                    [
                        "bits": .integer($0.bits), "client": .string($0.client.description), "parts": .integer($0.parts),
                        "rank": Self.text($0.rank), "since": .string($0.since.text), "spent": .integer($0.spent),
                    ]
                }), "bits": .integer(bits),
            "charged": .array(
                charged.map { claim in
                    .array([
                        .string(claim.description), expiries[claim].map { .string($0.text) } ?? .null,
                        submissions[claim].map { .string($0.description) } ?? .null,
                    ])
                }), "forgotten": .string(forgotten.text), "rank": Self.text(rank),
            "reservations": .array(reservations.map(\.json)), "spent": .integer(spent), "suspended": .bool(isSuspended),
            "tickets": .array(
                tickets.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }.map {
                    .array([.string($0.key.description), .integer($0.value.evaluations), .string($0.value.expires.text)])
                }),
        ]
    }

    init(_ value: JSONValue) throws {
        let most = 1 << 24
        var reader = try RecordReader(value, "books")
        accounts = try reader.array("accounts", limit: Books.mostClients).map { item in
            var one = try RecordReader(item, "account")
            let account = try Account(
                client: one.digest("client"), spent: one.integer("spent"), bits: one.integer("bits"),
                rank: Self.rows(one.array("rank", limit: 4097)), parts: one.integer("parts"), since: one.time("since"))
            try one.finish()
            return account
        }
        bits = try reader.integer("bits")
        var (charged, submissions, expiries) = ([Digest256](), [Digest256: Digest256](), [Digest256: UTCTime]())
        for item in try reader.array("charged", limit: most) {
            guard let parts = item.array, parts.count == 3 else {
                throw WireError(.wrongType, "a charged claim has three parts")
            }
            let claim = try Self.digest(parts[0])
            charged.append(claim)
            if !parts[1].isNull { expiries[claim] = try UTCTime(parts[1].string ?? "?") }
            if !parts[2].isNull { submissions[claim] = try Self.digest(parts[2]) }
        }
        (self.charged, self.submissions, self.expiries) = (charged, submissions, expiries)
        forgotten = try reader.time("forgotten")
        rank = try Self.rows(reader.array("rank", limit: 4097))
        reservations = try reader.array("reservations", limit: 2 * Books.mostReservations).map { try MeterRequest($0) }
        spent = try reader.integer("spent")
        isSuspended = try reader.bool("suspended")
        var tickets: [Digest256: Books.TicketUse] = [:]
        for item in try reader.array("tickets", limit: most) {
            guard let parts = item.array, parts.count == 3, let count = parts[1].integer else {
                throw WireError(.wrongType, "the use of a ticket has three parts")
            }
            tickets[try Self.digest(parts[0])] = .init(evaluations: count, expires: try UTCTime(parts[2].string ?? "?"))
        }
        self.tickets = tickets
        try reader.finish()
    }

    private static func digest(_ value: JSONValue) throws -> Digest256 {
        guard let digest = Digest256(try Hex.decode(value.string ?? "?", count: 32)) else {
            throw WireError(.wrongType, "a hash must be a string")
        }
        return digest
    }
}
