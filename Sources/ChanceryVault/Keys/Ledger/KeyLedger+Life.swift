extension KeyLedger {
    /// The keys that ever served `subject` and still exist, ascending. Looks at every key.
    public func line(of subject: KeySubject) -> [VaultKeyID] {
        inventory.filter { $0.statement.subject == subject && $0.state != .destroyed }.map(\.id)
    }

    /// What leads from where the key is to its destruction; empty when it is destroyed already.
    public func steps(toDestroy id: VaultKeyID) -> [KeyEvent.Change] {
        guard let record = self[id], record.state != .destroyed else { return [] }
        return record.state.mayBecome(.destroyed, for: record.algorithm) ? [.destroy(id)] : [.retire(id), .destroy(id)]
    }
}
