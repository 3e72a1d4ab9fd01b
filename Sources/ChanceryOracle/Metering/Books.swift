public import ChancerySuite
public import ChanceryWire

/// What was spent under one activation: per client and in all, in units, bits and directions.
///
/// A fold over ``MeterEntry``: the same entries give the same books, whoever reads them.
public struct Books: Sendable, Hashable {
    public static let mostClients = 65_536
    public static let mostReservations = 65_536
    /// Field elements that all rank ledgers hold together: 512 MiB.
    public static let mostElements = 1 << 25

    struct Account: Sendable, Hashable {
        var spent: Int64 = 0
        var bits: BitsLedger?
        var rank: RankLedger?
        var bucket: TokenBucket
    }

    struct TicketUse: Sendable, Hashable {
        var evaluations: Int64
        let expires: UTCTime
    }

    public let activation: Digest256
    public let policy: ComputePolicy
    /// The latest time of an entry; the books' clock never goes back.
    public internal(set) var clock: UTCTime
    private var pruned: UTCTime
    public internal(set) var isSuspended = false
    /// What all clients spent together.
    public internal(set) var spent: Int64 = 0
    var bits: BitsLedger?
    var rank: RankLedger?
    var elements = 0
    var accounts: [Digest256: Account] = [:]
    var reservations: [Digest256: MeterRequest] = [:]
    var charged: Set<Digest256> = []
    var tickets: [Digest256: TicketUse] = [:]
    var submissions: [Digest256: Digest256] = [:]
    /// When charged claims expire, as far as they are remembered one by one.
    var expiries: [Digest256: UTCTime] = [:]
    /// Claims that expired before count as charged, whatever is remembered of them.
    var forgotten = UTCTime(milliseconds: 0)

    init(activation: Digest256, policy: ComputePolicy, at now: UTCTime) {
        self.activation = activation
        self.policy = policy
        clock = now
        pruned = now
        bits = policy.bits.map { BitsLedger(limit: $0.programLimit) }
        rank = policy.rank.map { RankLedger(columns: Int($0.features) + 1, limit: $0.programLimit) }
    }

    /// The account of `client`, as it is or as it would be opened.
    func account(_ client: Digest256, at now: UTCTime) -> Account {
        accounts[client]
            ?? Account(
                bits: policy.bits.map { BitsLedger(limit: $0.clientLimit) },
                rank: policy.rank.map { RankLedger(columns: Int($0.features) + 1, limit: $0.clientLimit) },
                bucket: TokenBucket(capacity: policy.evaluationsPerMinute, at: now))
    }
}

extension Books {
    /// Follows one entry. Entries are facts: none is refused, and nothing in one can trap.
    mutating func apply(_ entry: MeterEntry) {
        clock = max(clock, entry.time)
        prune()
        switch entry {
        case .opened: break
        case .reserved(let request, _): reserve(request)
        case .charged(let request, _): charge(request)
        case .submitted(let claim, let submission, _):
            if submissions[claim] == nil { submissions[claim] = submission }
        case .content(let content, _): restore(content)
        case .suspended: isSuspended = true
        case .resumed: isSuspended = false
        }
    }

    /// Drops what no later question can ask for, once a minute: looking at every entry would cost too much.
    private mutating func prune() {
        guard clock.milliseconds - pruned.milliseconds >= 60_000 || reservations.count >= Self.mostReservations else { return }
        pruned = clock
        reservations = reservations.filter { $0.value.end > clock }
        tickets = tickets.filter { $0.value.expires > clock }
    }

    /// Whether a claim was charged, or is so old that nobody may have it charged any more.
    func isCharged(_ request: MeterRequest) -> Bool { charged.contains(request.claim) || request.end < forgotten }

    private mutating func reserve(_ request: MeterRequest) {
        guard reservations[request.claim] == nil, !charged.contains(request.claim) else { return }
        var held = request
        held.rows = nil
        reservations[request.claim] = held
        open(request)
    }

    private mutating func charge(_ request: MeterRequest) {
        guard charged.insert(request.claim).inserted else { return }
        expiries[request.claim] = request.end
        // A claim that was not reserved here, or whose reservation is over: others certified it.
        if reservations.removeValue(forKey: request.claim) == nil { open(request) }
        let cost = request.evaluations.multipliedUpToLimit(by: policy.cost)
        let revealed = request.evaluations.multipliedUpToLimit(by: policy.bitsPerEvaluation)
        spent = spent.addingUpToLimit(cost)
        bits?.spend(revealed)
        var account = account(request.client, at: clock)
        account.spent = account.spent.addingUpToLimit(cost)
        account.bits?.spend(revealed)
        accounts[request.client] = account
    }

    /// What counts from the first sight of a claim: speed, the ticket, and directions, which cannot be given back.
    private mutating func open(_ request: MeterRequest) {
        var account = account(request.client, at: clock)
        account.bucket.take(request.evaluations, at: clock)
        for row in request.rows?.rows ?? [] {
            if account.rank?.insert(row) == true { elements += row.count }
            if rank?.insert(row) == true { elements += row.count }
        }
        accounts[request.client] = account
        let used = tickets[request.ticket]?.evaluations ?? 0
        tickets[request.ticket] = TicketUse(
            evaluations: used.addingUpToLimit(request.evaluations), expires: request.ticketExpires)
    }
}

extension MeterRequest {
    /// Until when a reservation holds.
    var end: UTCTime { min(expires, ticketExpires) }
}
