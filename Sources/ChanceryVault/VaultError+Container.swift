extension VaultError.Reason {
    /// An id, name, path or text that does not have its form.
    public static let invalidName = Self(rawValue: "vault.invalid_name")
    /// A manifest, sealing or keyring whose parts contradict each other or exceed a limit.
    public static let invalidRecord = Self(rawValue: "vault.invalid_record")
    /// Records of different artifacts, versions, tiers, keys or batches that were put together.
    public static let recordMismatch = Self(rawValue: "vault.record_mismatch")
    /// A file that the manifest does not list.
    public static let noFile = Self(rawValue: "vault.no_file")
    /// A recipient too weak for the tier.
    public static let parameterSetTooWeak = Self(rawValue: "vault.parameter_set_too_weak")
    /// A recipient of another kind than the tier takes.
    public static let recipientUnsuitable = Self(rawValue: "vault.recipient_unsuitable")
    /// A data key that was not wrapped for this key.
    public static let noRecipient = Self(rawValue: "vault.no_recipient")
    /// A wrapped data key that does not open.
    public static let unwrapFailed = Self(rawValue: "vault.unwrap_failed")
}
