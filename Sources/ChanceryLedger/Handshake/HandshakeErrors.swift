internal import ChancerySuite
internal import ChanceryWire

extension LedgerError.Reason {
    /// The record is not laid out as its type says.
    public static let handshakeMalformed = Self(rawValue: "ledger.handshake_malformed")
    /// Signatures are missing, too many, in the wrong order, of other keys, or false.
    public static let handshakeSignature = Self(rawValue: "ledger.handshake_signature")
    /// Both sides are the same identity or the same key.
    public static let handshakeWithSelf = Self(rawValue: "ledger.handshake_with_self")
    /// The terms have run out, or run longer than the rules allow.
    public static let handshakeExpired = Self(rawValue: "ledger.handshake_expired")
    /// The record was made too long ago, or in the future.
    public static let handshakeNotFresh = Self(rawValue: "ledger.handshake_not_fresh")
    /// The nonce was seen before.
    public static let handshakeReplayed = Self(rawValue: "ledger.handshake_replayed")
    /// The record is addressed to somebody else, or answers somebody else's proposal.
    public static let handshakeWrongAudience = Self(rawValue: "ledger.handshake_wrong_audience")
    /// What the record says of a party is not what its pinned identity document says.
    public static let handshakeUnknownParty = Self(rawValue: "ledger.handshake_unknown_party")
    /// The transcript differs from what was proposed.
    public static let handshakeChanged = Self(rawValue: "ledger.handshake_changed")
    /// Capabilities are not sorted and distinct, or the agreed ones are not those that both sides offer.
    public static let handshakeCapabilities = Self(rawValue: "ledger.handshake_capabilities")
    /// The peer refused, so nothing was agreed.
    public static let handshakeNotAccepted = Self(rawValue: "ledger.handshake_not_accepted")
    /// An identity or a key stands in the registry twice.
    public static let registryConflict = Self(rawValue: "ledger.registry_conflict")
}

extension LedgerError {
    /// A layout error under the code of the room that read it.
    init(_ reason: Reason, _ error: SuiteError, index: Int? = nil) {
        self.init(reason, error.detail, index: index)
    }
}
