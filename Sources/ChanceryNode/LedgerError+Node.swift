public import ChanceryLedger

extension LedgerError.Reason {
    /// The content of an export is not what its signature covers.
    public static let exportChanged = Self(rawValue: "ledger.export_changed")
    /// Events that the agent stated and logged are not there.
    public static let tailMissing = Self(rawValue: "ledger.tail_missing")
}
