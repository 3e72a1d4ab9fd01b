public import ChanceryAPI
public import ChanceryLedger
public import ChanceryNode
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import ServiceLifecycle
internal import Synchronization

/// Messages to the other nodes as HTTP requests: one connection and one short queue for each, so that a node that is away
/// holds up nobody.
public final class HTTPPeerNetwork: PeerNetwork, Service {
    /// Where messages are posted.
    public static let path = "/v1/federation/messages"
    static let timeout = TimeAmount.seconds(5)

    /// Signs a request on plain connections, which do not say who asks.
    public typealias Signer = @Sendable (_ facts: RequestFacts) throws -> [RequestFacts.Header]

    private let links: [DID: PeerLink]

    /// - Parameters:
    ///   - addresses: where each node listens.
    ///   - federation: names the certificate that a node must show on `https` addresses.
    ///   - tls: needed for these.
    public init(
        _ addresses: [DID: PeerAddress], federation: [UInt8], tls: PostQuantumTLS?, signer: @escaping Signer
    ) throws {
        var links: [DID: PeerLink] = [:]
        for (did, address) in addresses {
            guard !address.isSecure || tls != nil else {
                throw TransportError(
                    .tlsRequired, "the node at `\(address)` is reached by TLS, and this one has no certificate")
            }
            links[did] = PeerLink(
                address, expecting: try NodeID(federation: federation, did: did.bytes), tls: address.isSecure ? tls : nil,
                signer: signer)
        }
        self.links = links
    }

    public func send(_ message: [UInt8], to peer: DID) { links[peer]?.enqueue(message) }

    /// Delivers until the service is asked to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for link in self.links.values { group.addTask { await link.run() } }
                // A node that knows no other yet goes on: a service that ends takes the daemon with it.
                group.addTask { while (try? await Task.sleep(for: .seconds(3600))) != nil {} }
            }
        }
    }
}
