internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// Follows the list of nodes that `governance peer` writes.
struct PeerRenewal: Service {
    private static let interval = Duration.seconds(1)

    let network: HTTPPeerNetwork
    /// The list that the network was made with: what changed before the first look is a change too.
    let first: [DID: String]
    let federation: FederationKeeper
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var known = first
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do {
                    let peers = try federation.peers()
                    guard peers != known else { continue }
                    try network.setAddresses(peers.mapValues { try PeerAddress($0) })
                    known = peers
                    logger.notice("the list of nodes changed", metadata: ["peers": .stringConvertible(peers.count)])
                } catch {
                    logger.warning("the list of nodes cannot be read", metadata: ["error": .string("\(error)".asErrorDetail)])
                }
            }
        }
    }
}
