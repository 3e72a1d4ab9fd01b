extension VaultError.Reason {
    /// A key, or what is said about it, is not in order.
    public static let keyMalformed = Self(rawValue: "vault.key_malformed")
    /// The vault has no key of this id.
    public static let keyUnknown = Self(rawValue: "vault.key_unknown")
    /// The key is not for that: another kind, algorithm, version, connection or tier.
    public static let keyPurpose = Self(rawValue: "vault.key_purpose")
    /// The key is past its hard end, or before its start.
    public static let keyExpired = Self(rawValue: "vault.key_expired")
    /// The state of the key does not allow that.
    public static let keyState = Self(rawValue: "vault.key_state")
    /// Somebody else may have the key.
    public static let keyCompromised = Self(rawValue: "vault.key_compromised")
    /// Other keys hang on this one.
    public static let keyInUse = Self(rawValue: "vault.key_in_use")
    /// A key of this id, or for this version or connection, is there already.
    public static let keyExists = Self(rawValue: "vault.key_exists")
}
