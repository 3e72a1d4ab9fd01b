extension LedgerError.Reason {
    /// The event names another agent than the chain's identity.
    public static let foreignAgent = Self(rawValue: "ledger.foreign_agent")
    /// The first event does not continue from where the chain must start.
    public static let genesisMismatch = Self(rawValue: "ledger.genesis_mismatch")
    /// `previous_hash` is not the hash of the event before.
    public static let linkBroken = Self(rawValue: "ledger.link_broken")
    /// Two events of the chain continue the same event.
    public static let forkDetected = Self(rawValue: "ledger.fork_detected")
    /// Branches part after an event that a verified timestamp had made final.
    public static let forkAfterFinalization = Self(rawValue: "ledger.fork_after_finalization")
    /// The time of an event lies before that of its predecessor.
    public static let timeDecreases = Self(rawValue: "ledger.time_decreases")
    /// The agent used the nonce before.
    public static let nonceReplayed = Self(rawValue: "ledger.nonce_replayed")
    /// The identity does not allow this version, or an earlier event had a later version.
    public static let profileNotAllowed = Self(rawValue: "ledger.profile_not_allowed")
    /// The chain ended with a key rotation; nothing may follow it.
    public static let chainEnded = Self(rawValue: "ledger.chain_ended")
}
