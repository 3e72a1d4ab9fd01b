// Why the transparency log refuses.
extension LedgerError.Reason {
    /// A proof, head or tile whose numbers or lengths cannot belong together.
    public static let proofMalformed = Self(rawValue: "ledger.proof_malformed")
    /// A proof that does not lead to the stated root.
    public static let proofMismatch = Self(rawValue: "ledger.proof_mismatch")
    /// A stored tile of the wrong length, or tiles that do not give the stated root.
    public static let tileMismatch = Self(rawValue: "ledger.tile_mismatch")
    /// An entry beyond what a bundle can hold.
    public static let entryTooLong = Self(rawValue: "ledger.entry_too_long")
    /// A checkpoint of another log.
    public static let checkpointOrigin = Self(rawValue: "ledger.checkpoint_origin")
    /// A checkpoint without a signature that its log must make.
    public static let checkpointUnsigned = Self(rawValue: "ledger.checkpoint_unsigned")
    /// A checkpoint with a false signature under a known key.
    public static let checkpointForged = Self(rawValue: "ledger.checkpoint_forged")
    /// A checkpoint that only Ed25519 vouches for.
    public static let checkpointClassical = Self(rawValue: "ledger.checkpoint_classical")
    /// The store is smaller than a tree that was signed or was about to be.
    public static let logRollback = Self(rawValue: "ledger.log_rollback")
    /// The store does not extend a tree that was signed or was about to be.
    public static let logInconsistent = Self(rawValue: "ledger.log_inconsistent")
}
