public import ChancerySuite
internal import Synchronization

/// A custodian's store that lives as long as its process: for tests and trials.
public final class MemoryCustodianStore: CustodianStore {
    private struct Content: Sendable {
        var entries: [[UInt8]] = []
        var epoch: Int64 = 0
        var keys: [UInt8] = []
    }

    private let content = Mutex(Content())

    public init() {}

    public func entries() -> [[UInt8]] { content.withLock { $0.entries } }
    public func entry(_ number: Int) throws -> [UInt8] {
        try content.withLock { content in
            guard content.entries.indices.contains(number) else {
                throw CustodianError(.logBroken, "the log has no entry \(number)")
            }
            return content.entries[number]
        }
    }
    public func append(_ entries: [[UInt8]]) { content.withLock { $0.entries += entries } }
    public func tell(_ entries: [[UInt8]]) { append(entries) }
    public func settle() {}

    public func compact(_ entries: [[UInt8]]) { content.withLock { $0.entries = entries } }

    public func epochKeys(_ epoch: Int64) -> SecretBytes? {
        content.withLock { content in
            guard content.epoch == epoch else { return nil }
            var copy = content.keys
            return SecretBytes(erasing: &copy)
        }
    }

    public func setEpochKeys(_ keys: consuming SecretBytes, epoch: Int64) {
        let copy = keys.copyForExport()
        content.withLock { ($0.keys, $0.epoch) = (copy, epoch) }
    }
}
