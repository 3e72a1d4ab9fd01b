/// What a caller may be trusted with; a key may have several.
public enum Role: String, Sendable, CaseIterable {
    /// The machine of a member of the federation.
    case node
    case `operator`
    case approver
    case agent
    case auditor
    /// Whoever keeps the vault: puts, deletes, grants, sets its policy, locks and unlocks it.
    case vaultAdmin = "vault_admin"
}
