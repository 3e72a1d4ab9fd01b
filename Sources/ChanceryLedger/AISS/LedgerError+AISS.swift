internal import ChanceryWire

extension LedgerError.Reason {
    /// The bytes are not an event: not JSON, a required member missing or of a wrong type.
    public static let eventMalformed = Self(rawValue: "ledger.event_malformed")
    /// The version is none of AISS-1.0, AISS-2.0 and AISS-2.1.
    public static let eventVersionUnknown = Self(rawValue: "ledger.event_version_unknown")
    /// A signature is missing, or its text is not the one strict encoding of a signature.
    public static let eventSignatureMalformed = Self(rawValue: "ledger.event_signature_malformed")
    /// A signature is not valid for the event and the identity's key.
    public static let eventSignatureInvalid = Self(rawValue: "ledger.event_signature_invalid")
    /// An identity document is not well formed.
    public static let identityMalformed = Self(rawValue: "ledger.identity_malformed")
    /// An agent id does not derive from the keys beside it.
    public static let identityMismatch = Self(rawValue: "ledger.identity_mismatch")
    /// An identity document can be read as two forms at once.
    public static let identityAmbiguous = Self(rawValue: "ledger.identity_ambiguous")
    /// The binding of an upgraded identity names other keys or its signatures are false.
    public static let identityBindingInvalid = Self(rawValue: "ledger.identity_binding_invalid")
    /// The key at hand cannot make the event that was asked for.
    public static let stampRefused = Self(rawValue: "ledger.stamp_refused")
}

extension LedgerError {
    /// What the wire layer found wrong, under a code of the ledger.
    init(_ reason: Reason, _ error: WireError, index: Int? = nil) {
        self.init(reason, error.description, index: index)
    }

    /// The same finding, said of the element at `index`.
    func at(_ index: Int?) -> LedgerError {
        guard let index, self.index == nil else { return self }
        return LedgerError(reason, detail, index: index)
    }
}
