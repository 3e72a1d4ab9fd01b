internal import ChanceryGovernance
internal import Synchronization

/// The ``FederationView`` of a home, kept and brought up to date at each look: what was verified once is not verified again.
public final class FederationArchive: Sendable {
    private let keeper: FederationKeeper
    private let store: FederationStore
    private let known = Mutex<FederationView?>(nil)

    public init(keeper: FederationKeeper, store: any RecordStore & RecordIndex) {
        self.keeper = keeper
        self.store = FederationStore(store)
    }

    /// - Throws: `node.not_found` in a home without a federation, and what is wrong with stored decisions.
    public func view() throws -> FederationView {
        try known.withLock { known in
            // Taken out: a view that failed half-way is read anew next time.
            var view = try known ?? FederationView(keeper.genesis())
            known = nil
            try view.advance(store)
            known = view
            return view
        }
    }
}
