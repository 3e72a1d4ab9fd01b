/// What somebody did against the chain. Charged to the one who is to blame and to nobody else (rule P6).
public enum Violation: String, Sendable, CaseIterable {
    /// Two different events of the agent, both valid under its key, continue the same event.
    case fork
    /// Two statements of the agent, both valid under its key, that exclude each other.
    case equivocation
    /// An event valid under the agent's key that does not continue its chain.
    case brokenLink = "broken_link"
    /// An event valid under the agent's key that lies before its predecessor in time.
    case timeReversal = "time_reversal"
    /// The agent presented, under its key, another past than the one on record.
    case rewrittenHistory = "rewritten_history"
    /// The submitter handed in what the named key did not sign.
    case badSignature = "bad_signature"
    /// The submitter handed in again what was on record already.
    case replayedSubmission = "replayed_submission"
    /// The submitter handed in what was refused for another reason.
    case rejectedSubmission = "rejected_submission"
    /// The store's bytes are not those that were accepted.
    case tamperedStore = "tampered_store"

    /// Who can be charged with it.
    public enum Party: String, Sendable {
        /// The agent whose key signed the evidence.
        case agent
        /// The authenticated client that handed it in.
        case submitter
        /// The store that was trusted with the bytes.
        case store
    }

    public var party: Party {
        switch self {
        case .fork, .equivocation, .brokenLink, .timeReversal, .rewrittenHistory: .agent
        case .badSignature, .replayedSubmission, .rejectedSubmission: .submitter
        case .tamperedStore: .store
        }
    }

    /// Whether it makes the charged party CRITICAL at once. Repeats and refusals happen to honest clients.
    public var isTampering: Bool { self != .replayedSubmission && self != .rejectedSubmission }
}
