internal import ChanceryGovernance

/// Verifies the governance records of a store while they pass by in log order.
struct GovernanceAudit {
    static let kinds = GovernanceDocument.kinds

    private var genesis: Genesis?

    /// - Throws: what is wrong with `record`, which is of one of ``kinds``.
    mutating func check(_ record: StoredRecord) throws {
        guard genesis == nil else { throw GovernanceError(.genesisInvalid, "a home belongs to one federation") }
        genesis = try Genesis(decoding: record.bytes)
    }
}
