public import ChancerySuite

/// A place that keeps the secrets of a vault or an identity while nobody uses them.
///
/// Every implementation passes the same contract tests. What it promises: ``unseal(_:label:)`` gives back exactly what was
/// sealed under that label here; another label, another place's secret or a changed byte is refused and never opens to
/// something else; two seals of one secret differ. Calls may take a while (a passphrase costs a third of a second, a device
/// more): keep them off actors.
public protocol CustodyBackend: Sendable {
    var capabilities: CustodyCapabilities { get }

    /// - Throws: `vault.custody_unavailable`, `vault.custody_failed`, `vault.custody_malformed` for more than
    ///   ``SealedSecret/maximumSecretBytes``.
    func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret

    /// - Throws: `vault.wrong_secret` when it does not open: another passphrase, place or label, or changed bytes. Nobody
    ///   can tell these apart. Without a verdict on the secret: `vault.custody_unavailable` when the place cannot be asked,
    ///   `vault.custody_locked_out` when it refuses every attempt for now, `vault.pcr_mismatch` when the machine's measured
    ///   state is another one.
    func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes
}

extension VaultError.Reason {
    /// A label, sealed secret or answer of a place of custody is not in order.
    public static let custodyMalformed = Self(rawValue: "vault.custody_malformed")
    /// The place of custody cannot be asked now.
    public static let custodyUnavailable = Self(rawValue: "vault.custody_unavailable")
    /// The place of custody failed.
    public static let custodyFailed = Self(rawValue: "vault.custody_failed")
    /// The place refuses every attempt for a while: after too many wrong ones, or until somebody unlocks it.
    public static let custodyLockedOut = Self(rawValue: "vault.custody_locked_out")
    /// The machine was not started as it was when the secret was sealed.
    public static let pcrMismatch = Self(rawValue: "vault.pcr_mismatch")
    /// The secret does not open: wrong passphrase, place or label, or changed bytes.
    public static let wrongSecret = Self(rawValue: "vault.wrong_secret")
}
