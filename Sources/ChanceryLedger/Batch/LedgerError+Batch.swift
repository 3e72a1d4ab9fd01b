extension LedgerError.Reason {
    public static let batchEventMalformed = Self(rawValue: "ledger.batch_event_malformed")
    public static let sealMalformed = Self(rawValue: "ledger.seal_malformed")
    /// The seal names another identity, agent or genesis.
    public static let sealForeign = Self(rawValue: "ledger.seal_foreign")
    /// The seal does not follow from the seal before it.
    public static let sealBroken = Self(rawValue: "ledger.seal_broken")
    /// The events are not those under the seal's root.
    public static let sealMismatch = Self(rawValue: "ledger.seal_mismatch")
    /// Two seals of one agent claim the same batch or overlapping positions.
    public static let sealForked = Self(rawValue: "ledger.seal_forked")
    /// Events at the end of a chain have no seal.
    public static let sealMissing = Self(rawValue: "ledger.seal_missing")
}
