public import ChancerySuite

/// Batches of keyrings whose signatures were verified, so that each is verified once for all of its keyrings. It holds the
/// newest few: keyrings that were signed together are read together.
public struct VerifiedBatches: Sendable {
    private struct Entry: Sendable {
        /// Whose signature is on it.
        let key: [UInt8]
        let batch: KeyringBatch
    }

    private static let most = 8
    private var entries: [Entry] = []

    public init() {}

    /// Remembers the batch of a keyring that was verified with `key`.
    public mutating func add(_ keyring: SignedKeyring, verifiedBy key: VerifyingKey<Purpose.Record>) {
        let (id, bytes) = (key.id, keyring.batch.record.bytes)
        guard !entries.contains(where: { $0.batch.record.bytes == bytes && $0.key == id }) else { return }
        if entries.count == Self.most { entries.removeFirst() }
        entries.append(Entry(key: id, batch: keyring.batch))
    }

    /// The batch of the record, verified now if it was not before.
    ///
    /// - Throws: as ``KeyringBatch/verify(_:by:)``.
    func batch(_ record: UnverifiedRecord, by key: VerifyingKey<Purpose.Record>) throws -> KeyringBatch {
        let id = key.id
        // All of the record, its signature too: nothing is taken for verified that was not.
        let known = entries.last { $0.batch.record.bytes == record.bytes && $0.key == id }
        return try known?.batch ?? KeyringBatch.verify(record, by: key)
    }
}
