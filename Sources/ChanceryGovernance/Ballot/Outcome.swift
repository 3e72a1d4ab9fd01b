/// Where the voting on a proposal stands. Only ``passed`` can be certified; the others are what one node sees (rule G2).
public enum Outcome: String, Sendable, CaseIterable {
    /// The threshold is met.
    case passed
    /// What was cast against it, or excluded, leaves too little for it to pass any more.
    case rejected
    /// It expired and too few voted.
    case noQuorum = "no-quorum"
    /// It expired although enough voted.
    case expired
    /// It may still pass.
    case open
}
