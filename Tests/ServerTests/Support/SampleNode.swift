import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import Logging
import TestKit

/// The node of member 0 of a federation of four, whose messages nobody hears.
struct SampleNode: Sendable {
    private struct Silence: PeerNetwork {
        func send(_ message: [UInt8], to peer: DID) {}
    }

    let federation: SampleFederation
    let node: FederationNode
    let service: FederationService
    let desk: FederationDesk
    let store: SQLiteStore
    private let folder = TemporaryFolder()

    init(authorities: Set<String>? = nil, weights: [Int64] = [1, 1, 1, 1]) throws {
        federation = try SampleFederation(weights: weights, toleratesNoFault: weights.count < 4)
        store = try SQLiteStore(path: folder.path + "/ledger.sqlite")
        node = try FederationNode(
            genesis: federation.genesis, me: federation.dids[0], consensus: federation.keys[0].consensus,
            files: FederationFolder(path: folder.path + "/governance", statePath: folder.path + "/state"), store: store,
            network: Silence(), now: TestClients.now)
        desk = try federation.desk(in: folder)
        service = FederationService(
            node, desk: desk, authorities: authorities, logger: Logger(label: "test"),
            now: TestClients.now)
    }
}
