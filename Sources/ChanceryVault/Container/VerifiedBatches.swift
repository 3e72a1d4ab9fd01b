internal import ChancerySuite
internal import Synchronization

/// Batches of keyrings whose signatures were verified, so that each is verified once for all of its keyrings. It holds the
/// newest few: keyrings that were signed together are read together.
public final class VerifiedBatches: Sendable {
    private struct Entry: Sendable {
        /// Whose signature is on it.
        let key: [UInt8]
        let batch: KeyringBatch
    }

    private static let most = 8
    private let entries = Mutex<[Entry]>([])

    public init() {}

    /// The batch of the record.
    ///
    /// - Throws: as ``KeyringBatch/verify(_:by:)``.
    func batch(_ record: UnverifiedRecord, by key: VerifyingKey<Purpose.Record>) throws -> KeyringBatch {
        let id = key.id
        let known = entries.withLock { entries in
            // All of the record, its signature too: nothing is taken for verified that was not.
            entries.last { $0.batch.record.bytes == record.bytes && $0.key == id }
        }
        if let known { return known.batch }
        let batch = try KeyringBatch.verify(record, by: key)
        entries.withLock { entries in
            if entries.count == Self.most { entries.removeFirst() }
            entries.append(Entry(key: id, batch: batch))
        }
        return batch
    }
}
