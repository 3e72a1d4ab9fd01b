extension LedgerError.Reason {
    /// The bytes are not a key file of the expected kind: magic, version, length, bounds or inner layout.
    public static let keyFileCorrupted = Self(rawValue: "ledger.key_file_corrupted")
    /// The file does not open: the passphrase is another one, or salt, ciphertext or tag were changed. An
    /// authenticated cipher cannot tell these apart.
    public static let wrongPassphrase = Self(rawValue: "ledger.wrong_passphrase")
    /// The passphrase is empty or holds nothing but white space where the format refuses that.
    public static let blankPassphrase = Self(rawValue: "ledger.blank_passphrase")
    /// The passphrase is not valid UTF-8 or is longer than ``Passphrase/maximumBytes``.
    public static let invalidPassphrase = Self(rawValue: "ledger.invalid_passphrase")
    /// A passphrase was given, but nothing in the file is protected by it.
    public static let keyFileNotEncrypted = Self(rawValue: "ledger.key_file_not_encrypted")
    /// The file is encrypted, and no passphrase was given.
    public static let passphraseRequired = Self(rawValue: "ledger.passphrase_required")
    /// A key file cannot be written from these entries, salt or nonce.
    public static let invalidKeyFileContent = Self(rawValue: "ledger.invalid_key_file_content")
}

extension LedgerError {
    static func corruptedKeyFile(_ detail: String) -> LedgerError { LedgerError(.keyFileCorrupted, detail) }

    static let passphraseDoesNotOpen = LedgerError(
        .wrongPassphrase, "the key file does not open: wrong passphrase, or the file was changed")
}
