public import ChanceryLedger

extension LedgerError.Reason {
    /// The content of an export is not what its signature covers.
    public static let exportChanged = Self(rawValue: "ledger.export_changed")
    /// Keys that were replaced signed something that no rotation ends.
    public static let keySuperseded = Self(rawValue: "ledger.key_superseded")
    /// Events that the agent stated and logged are not there.
    public static let tailMissing = Self(rawValue: "ledger.tail_missing")
}
