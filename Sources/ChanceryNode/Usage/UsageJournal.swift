internal import ChanceryLedger
public import ChanceryWire
internal import Synchronization

/// The home's chain of usage: one for all servers of the home, signed by its identity `api`, linked record to record, and in
/// the log like every record.
public final class UsageJournal: Sendable {
    private let identity: OpenIdentity
    private let store: any RecordStore & RecordIndex
    private let registry: IdentityRegistry
    private let mark: any UsageMarkFile
    private let now: @Sendable () -> UTCTime
    private let held = Mutex<Held?>(nil)

    private struct Held {
        var follower: ChainFollower
        /// What was read and not yet given to anybody.
        var heard: [UsageRecord] = []
    }

    /// - Parameter mark: where restoring the home does not reach.
    public init(
        _ identity: OpenIdentity, store: any RecordStore & RecordIndex, registry: IdentityRegistry, mark: any UsageMarkFile,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.identity = identity
        self.store = store
        self.registry = registry
        self.mark = mark
        self.now = now
    }

    /// Writes `records`, durably and in one step.
    ///
    /// - Parameter since: what is older need not be read, when this is the first look at the chain.
    /// - Returns: what stands in the chain besides, by other servers or before, and was not given before.
    /// - Throws: `api.usage_broken` when the chain is not what was signed, and what the store throws. Nothing is written then.
    func write(_ records: [UsageRecord], since: UTCTime) throws -> [UsageRecord] {
        try StoreConflict.retrying {
            try held.withLock { held in
                let seen = try RegistryState(store)
                try registry.requireCurrent(identity)
                var current = try held ?? begin(since: since)
                try advance(&current, since: since)
                // What was read stays read, whether the writing succeeds or not.
                held = current
                let heard = current.heard
                guard !records.isEmpty else {
                    held?.heard = []
                    return heard
                }
                let writer = try ChainWriter(identity, profile: .batch, store: store, registry: registry)
                guard writer.state == current.follower.chain else {
                    throw NodeError(.storeConflict, "the chain of usage moved while it was written")
                }
                let work = try writer.write(records.map(\.payload), at: now())
                let first = try store.append(work.records, moving: [work.move] + seen.assertion)
                // What is durable is acknowledged; the mark may lag.
                try? UsageMark.move(mark, to: work.move.new, of: identity.document, in: store)
                current.follower.advance(to: work.move.new, position: first + UInt64(work.records.count) - 1)
                current.heard = []
                held = current
                return heard
            }
        }
    }

    /// A chain of keys that were rotated ends; what it counts still counts.
    private func begin(since: UTCTime) throws -> Held {
        var heard: [UsageRecord] = []
        for document in try registry.history(of: identity.document.did) where document.number < identity.document.number {
            var ended = Held(follower: ChainFollower(document), heard: heard)
            try advance(&ended, since: since)
            heard = ended.heard
        }
        return Held(follower: ChainFollower(identity.document), heard: heard)
    }

    private func advance(_ held: inout Held, since: UTCTime) throws {
        do {
            var heard: [UsageRecord] = []
            try held.follower.advance(store, since: held.follower.chain == nil ? since : nil) { link in
                guard RoomEvent.apiKey.isOne(link.event.payload) else { return }
                heard.append(try UsageRecord(link.event.payload))
            }
            held.heard += heard
        } catch let error as ChainFollower.Break {
            throw UsageError(.broken, "the chain of usage: \(error.detail)")
        }
    }
}

/// Why usage is not known.
public struct UsageError: CodedError, Equatable {
    public enum Reason: String, Sendable, CaseIterable {
        /// The chain of usage is not what was signed.
        case broken = "api.usage_broken"
        /// A key was used as much as its quota grants; see ``QuotaExcess``.
        case exceeded = "api.quota_exceeded"
        /// A key has a quota, and this server keeps no usage to hold against it.
        case unkept = "api.usage_unkept"
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}
