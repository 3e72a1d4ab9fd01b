import ChanceryGovernance
import ChanceryNode
import ChanceryStorage
import TestKit

extension SampleFederation {
    /// The desk of a home in `folder` that adopted this federation.
    func desk(in folder: TemporaryFolder) throws -> FederationDesk {
        let store = try SQLiteStore(path: folder.path + "/ledger.sqlite")
        let keeper = FederationKeeper(
            files: FederationFolder(path: folder.path + "/governance", statePath: folder.path + "/state"), store: store,
            registry: IdentityRegistry(store: store), now: TestClients.now)
        _ = try keeper.adopt(genesis.bytes, as: genesis.federation)
        return FederationDesk(keeper: keeper, store: store, now: TestClients.now)
    }
}
