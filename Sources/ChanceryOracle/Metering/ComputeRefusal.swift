/// Why a custodian does not serve an evaluation. The raw value is the code in answers and events.
public enum ComputeRefusal: String, Sendable, CaseIterable {
    /// The program is frozen or suspended, or the claim is for another activation.
    case notActive = "compute.not_active"
    /// This custodian was away and has not heard from a quorum yet what was spent meanwhile.
    case catchingUp = "compute.catching_up"
    case ticketExpired = "compute.ticket_expired"
    /// The ticket begins more than a minute from now.
    case ticketEarly = "compute.ticket_early"
    /// The ticket lives longer than the policy lets it.
    case ticketTooLong = "compute.ticket_too_long"
    /// The evaluations that the ticket covers were claimed.
    case ticketSpent = "compute.ticket_replayed"
    case claimExpired = "compute.claim_expired"
    /// The client's budget.
    case budget = "compute.budget_exhausted"
    /// The budget of all clients together.
    case programBudget = "compute.program_budget_exhausted"
    case rate = "compute.rate_limited"
    case bits = "compute.bits_exhausted"
    case programBits = "compute.program_bits_exhausted"
    case rank = "compute.rank_exhausted"
    case programRank = "compute.program_rank_exhausted"
    /// The policy counts directions, and the claim brings no inputs of the right length.
    case rowsRequired = "compute.rows_required"
    /// No room for another client or claim.
    case full = "compute.meter_full"
    /// The claim was not certified, or not counted here.
    case unclaimed = "compute.not_claimed"
    /// Something else was submitted for this claim before.
    case submitted = "compute.submitted_already"
}

/// What a custodian answers. An entry has to be durable before the answer leaves.
public enum Verdict: Sendable, Equatable {
    case allowed(MeterEntry)
    /// Decided before in the same way: answer with the stored bytes.
    case repeated
    /// With an entry where the claim is counted all the same, because it is certified (rule T6).
    case refused(ComputeRefusal, counted: MeterEntry?)

    public var refusal: ComputeRefusal? { if case .refused(let reason, _) = self { reason } else { nil } }
    public var entry: MeterEntry? {
        switch self {
        case .allowed(let entry): entry
        case .repeated: nil
        case .refused(_, let entry): entry
        }
    }
}
