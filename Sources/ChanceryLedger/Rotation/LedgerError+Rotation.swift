extension LedgerError.Reason {
    /// A rotation statement or event lacks a member or has one of a wrong type.
    public static let rotationMalformed = Self(rawValue: "ledger.rotation_malformed")
    /// An id of a rotation does not derive from the key beside it, or names another agent than it must.
    public static let rotationMismatch = Self(rawValue: "ledger.rotation_mismatch")
    /// A signature of a rotation statement is false.
    public static let rotationSignatureInvalid = Self(rawValue: "ledger.rotation_signature_invalid")
    /// The old chain does not end with a rotation.
    public static let rotationMissing = Self(rawValue: "ledger.rotation_missing")
}
