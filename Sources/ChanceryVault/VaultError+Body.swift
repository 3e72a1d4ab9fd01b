extension VaultError.Reason {
    /// A data key that is not the one of the body.
    public static let wrongKey = Self(rawValue: "vault.wrong_key")
    /// A chunk or header of a body that was changed, moved or taken from another body.
    public static let bodyAltered = Self(rawValue: "vault.body_altered")
    /// A body that ends too early or goes on too long.
    public static let bodyLength = Self(rawValue: "vault.body_length")
    /// Content that opens but is not what the manifest states.
    public static let contentMismatch = Self(rawValue: "vault.content_mismatch")
    /// A step that does not follow from the one before: bytes for another place, or after the end.
    public static let bodyOrder = Self(rawValue: "vault.body_order")
    /// A body, or the hashes of its content tree, that is not where it should lie, or ends too early there.
    public static let bodyMissing = Self(rawValue: "vault.body_missing")
    /// A record of an interrupted put that is damaged or of another body.
    public static let resumeInvalid = Self(rawValue: "vault.resume_invalid")
}
