internal import ChanceryAPI
public import ChanceryNode
public import ChanceryWire
internal import Synchronization

/// Keeps refusals of known callers as records of the store, of each as many in an hour as a disk can bear; the others are
/// counted and logged like those of strangers.
public final class RefusalJournal: Sendable {
    static let recordsPerHour = 100

    private let store: any RecordStore
    private let now: @Sendable () -> UTCTime
    private let budget = Mutex(Budget<String>(recordsPerHour, each: 3_600_000))

    public init(store: any RecordStore, now: @escaping @Sendable () -> UTCTime) {
        self.store = store
        self.now = now
    }

    func note(_ refusal: RequestRefusal, of keyID: String, at route: String) async {
        await note(of: keyID, at: route, "`\(keyID)` may not call `\(route)`: \(refusal.code)")
    }

    /// Keeps a refusal beyond a quota, when it is its turn to be told.
    func note(_ excess: QuotaExcess, of keyID: String, at route: String) async {
        guard excess.refusals > 0 else { return }
        let count = "\(excess.refusals) refused since this was told last"
        await note(of: keyID, at: route, "`\(keyID)` is over its quota `\(excess.quota.text)`: \(count)")
    }

    /// Keeps a refusal within the budget of `whom`, which may stand for all who are not known.
    func note(_ error: any CodedError, of whom: String, at route: String) async {
        await note(of: whom, at: route, "`\(whom)`: \(error.code): \(error.detail)")
    }

    private func note(of keyID: String, at route: String, _ detail: String) async {
        let time = now()
        guard budget.withLock({ $0.spend(1, for: keyID, at: time) }) else { return }
        let error = NodeError(.rejected, detail)
        // The refusal itself matters more than that it could be written down.
        guard let record = try? StoreStatement.refusal(of: "http \(route)", error, at: time).record() else { return }
        _ = try? await HomeServices.blocking { [store] in try store.append([record], moving: []) }
    }
}
