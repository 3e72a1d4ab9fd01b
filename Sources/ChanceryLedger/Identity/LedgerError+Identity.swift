extension LedgerError.Reason {
    /// The document contradicts itself or its signature.
    public static let identityInvalid = Self(rawValue: "ledger.identity_invalid")
    /// A later document does not follow from the one before it.
    public static let identityBroken = Self(rawValue: "ledger.identity_broken")
    /// Two different documents with one number: the identity was forked.
    public static let identityForked = Self(rawValue: "ledger.identity_forked")
}
