public import ChanceryInference
internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

extension Vault {
    /// Service keys for clients of a model, stated under the vault's identity. They live in the memory of this process alone
    /// and end with it; that they are made, replaced and ended are events of the vault's chain.
    ///
    /// - Parameter lifetime: seconds of each.
    public func temporaryServiceKeys(
        for entry: CatalogueEntry, lifetime: Int64 = MemoryServiceKeys.standardLifetime
    ) throws -> MemoryServiceKeys {
        try MemoryServiceKeys(
            .init(
                did: journal.identity.document.did.text, model: entry.manifest, name: entry.name, tier: entry.tier),
            signer: record, lifetime: lifetime, book: KeyBook(vault: self))
    }
}

/// The vault's hierarchy of keys as the record of what one process holds in memory.
private struct KeyBook: ServiceKeyBook {
    let vault: Vault

    func made(_ key: EncapsulationKey, after old: VaultKeyID?, until: UTCTime) throws {
        _ = try vault.requireSession()
        try vault.journal.write { state, time in
            guard let root = state.keys.root else { throw VaultError(.keyUnknown, "the vault has no root") }
            _ = try state.keys.key(root, for: .wrapSeed, at: time)
            // What its owner ended has no successor: then a line begins.
            let replaced = old.flatMap { state.keys[$0] }.flatMap { $0.state == .active ? $0.statement : nil }
            let lifetime = max(1, (until.milliseconds - time.milliseconds + 999) / 1000)
            let statement = try KeyStatement(
                .service, .xWing, publicKey: key.bytes, at: time, lifetime: lifetime, lead: 0, after: replaced)
            guard let replaced else { return ([.key(KeyEvent(.create(statement, parent: root), at: time))], ()) }
            let overlapEnds = min(
                max(replaced.expires, time), time.advanced(bySeconds: VaultKeyKind.service.longestOverlap))
            let change = KeyEvent.Change.rotate(replaced.id, to: statement, parent: root, overlapEnds: overlapEnds)
            return ([.key(KeyEvent(change, at: time))], ())
        }
    }

    func serves(_ id: VaultKeyID) throws -> Bool {
        try vault.journal.read { state in
            guard let record = state.keys[id] else { return false }
            return record.state == .active || record.state == .decryptOnly
        }
    }

    func ended(_ ids: [VaultKeyID]) throws {
        try vault.journal.write { state, time in
            (ids.flatMap { state.keys.steps(toDestroy: $0) }.map { .key(KeyEvent($0, at: time)) }, ())
        }
    }
}
