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

    private let federation: [UInt8]
    private let tls: PostQuantumTLS?
    private let signer: Signer
    private let links = Mutex<[DID: PeerLink]>([:])
    // Links that shall run.
    private let begun: AsyncStream<PeerLink>
    private let begin: AsyncStream<PeerLink>.Continuation

    /// - Parameters:
    ///   - addresses: where each node listens.
    ///   - federation: names the certificate that a node must show on `https` addresses.
    ///   - tls: needed for these.
    public init(
        _ addresses: [DID: PeerAddress], federation: [UInt8], tls: PostQuantumTLS?, signer: @escaping Signer
    ) throws {
        self.federation = federation
        self.tls = tls
        self.signer = signer
        (begun, begin) = AsyncStream.makeStream()
        try setAddresses(addresses)
    }

    /// Says anew where the nodes listen. What waits for a node whose address changes is given up.
    ///
    /// - Throws: `transport.tls_required` for an `https` address without a certificate; nothing is changed then.
    public func setAddresses(_ addresses: [DID: PeerAddress]) throws {
        if let secure = addresses.values.first(where: \.isSecure), tls == nil {
            throw TransportError(.tlsRequired, "the node at `\(secure)` is reached by TLS, and this one has no certificate")
        }
        try links.withLock { links in
            for (did, link) in links where addresses[did] != link.address {
                link.stop()
                links[did] = nil
            }
            for (did, address) in addresses where links[did] == nil {
                let link = PeerLink(
                    address, expecting: try NodeID(federation: federation, did: did.bytes),
                    tls: address.isSecure ? tls : nil, signer: signer)
                links[did] = link
                begin.yield(link)
            }
        }
    }

    public func send(_ message: [UInt8], to peer: DID) { links.withLock { $0[peer] }?.enqueue(message) }

    /// Delivers until the service is asked to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await link in self.begun { group.addTask { await link.run() } }
                group.cancelAll()
            }
        }
    }
}
