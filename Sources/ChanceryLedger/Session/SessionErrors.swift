extension LedgerError.Reason {
    /// A record or the export is not laid out as its type says.
    public static let sessionMalformed = Self(rawValue: "ledger.session_malformed")
    /// Signatures are missing, too many, of other keys, or false.
    public static let sessionSignature = Self(rawValue: "ledger.session_signature")
    /// Somebody acts who is not a member, or a member is not who the registry says.
    public static let sessionForeignMember = Self(rawValue: "ledger.session_foreign_member")
    /// The record belongs to another session.
    public static let sessionOther = Self(rawValue: "ledger.session_other")
    /// A counter is skipped: a step is missing before the one at the index.
    public static let sessionMissingStep = Self(rawValue: "ledger.session_missing_step")
    /// All steps are there, in another order.
    public static let sessionReordered = Self(rawValue: "ledger.session_reordered")
    /// A counter appears again.
    public static let sessionRepeatedStep = Self(rawValue: "ledger.session_repeated_step")
    /// The step does not follow from what came before: an earlier step is another one.
    public static let sessionLinkBroken = Self(rawValue: "ledger.session_link_broken")
    /// A payload is not the one whose hash was signed.
    public static let sessionPayloadMismatch = Self(rawValue: "ledger.session_payload_mismatch")
    /// Steps at the end are missing, or the end itself is.
    public static let sessionTailCut = Self(rawValue: "ledger.session_tail_cut")
    /// A handshake of two members is missing, repeated, out of order or on other terms.
    public static let sessionHandshake = Self(rawValue: "ledger.session_handshake")
    /// The step does not fit the phase: before all handshakes, after the end, or a second end.
    public static let sessionPhase = Self(rawValue: "ledger.session_phase")
    /// A session takes no further step: its export would be larger than verifiers read.
    public static let sessionFull = Self(rawValue: "ledger.session_full")
    /// A step lies before the start or after the expiry.
    public static let sessionTime = Self(rawValue: "ledger.session_time")
    /// A member's signature over the whole content is missing.
    public static let sessionSealMissing = Self(rawValue: "ledger.session_seal_missing")
    /// A member signed other content.
    public static let sessionSealMismatch = Self(rawValue: "ledger.session_seal_mismatch")
    /// A payload has both `k` and `k_hash`, so hashing `k` would hide one of them.
    public static let payloadCollision = Self(rawValue: "ledger.payload_collision")
    /// A payload value has no portable text form, such as an integer beyond 2^53−1.
    public static let payloadNotPortable = Self(rawValue: "ledger.payload_not_portable")
}
