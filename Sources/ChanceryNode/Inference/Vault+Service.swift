public import ChanceryInference
internal import ChanceryLedger
public import ChanceryVault

extension Vault {
    /// Service keys for clients of a model, stated under the vault's identity, in memory alone: they end with the process.
    ///
    /// - Parameter lifetime: seconds of each.
    public func temporaryServiceKeys(
        for entry: CatalogueEntry, lifetime: Int64 = MemoryServiceKeys.standardLifetime
    ) throws -> MemoryServiceKeys {
        try MemoryServiceKeys(
            .init(
                did: journal.identity.document.did.text, model: entry.manifest, name: entry.name, tier: entry.tier),
            signer: record, lifetime: lifetime)
    }
}
