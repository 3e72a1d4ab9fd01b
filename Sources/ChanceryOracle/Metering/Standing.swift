public import ChancerySuite
public import ChanceryWire

/// What is left to a client and to all clients at one moment: what evaluation events carry and clients may see.
public struct Standing: Sendable, Hashable {
    /// Units of the client's budget that are neither spent nor reserved.
    public let remaining: Int64
    public let programRemaining: Int64
    /// Bits of output; nil without a bits ledger.
    public let bitsRemaining: Int64?
    public let programBitsRemaining: Int64?
    /// Directions that were asked about; nil without a rank ledger.
    public let rank: Int?
    public let programRank: Int?
    /// Evaluations that the client may ask for at once.
    public let tokens: Int64
}

extension Books {
    /// How `client` stands at `now`.
    public func standing(of client: Digest256, at now: UTCTime) -> Standing {
        let now = max(now, clock)
        let account = account(client, at: now)
        let (held, allHeld) = (live(client, now), live(nil, now))
        let (cost, revealed) = (policy.cost, policy.bitsPerEvaluation)
        return Standing(
            remaining: Self.rest(policy.clientBudget, account.spent, held, cost),
            programRemaining: Self.rest(policy.programBudget, spent, allHeld, cost),
            bitsRemaining: account.bits.map { Self.rest($0.limit, $0.spent, held, revealed) },
            programBitsRemaining: bits.map { Self.rest($0.limit, $0.spent, allHeld, revealed) },
            rank: account.rank?.rank, programRank: rank?.rank, tokens: account.bucket.tokens(at: now))
    }

    private func live(_ client: Digest256?, _ now: UTCTime) -> Int64 {
        reservations.values.reduce(0) {
            (client == nil || $1.client == client) && $1.end > now ? $0.addingUpToLimit($1.evaluations) : $0
        }
    }

    private static func rest(_ limit: Int64, _ spent: Int64, _ held: Int64, _ each: Int64) -> Int64 {
        max(0, limit - min(limit, spent.addingUpToLimit(held.multipliedUpToLimit(by: each))))
    }
}
