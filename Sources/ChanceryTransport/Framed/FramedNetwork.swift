public import ChanceryLedger
public import ChanceryNode
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import ServiceLifecycle

/// Messages over connections that stay: mutual TLS 1.3 with X25519MLKEM768 and ML-DSA-65 certificates, one for each pair.
///
/// Of two custodians the one with the greater DID connects; a coordinator connects to all. A connection that falls is made
/// anew after a pause. Messages keep their order on a connection; those that wait when it falls are lost.
public final class FramedNetwork: PeerNetwork, Service {
    /// What is done with what comes. Called one after another.
    public struct Handlers: Sendable {
        let received: @Sendable ([UInt8], DID) async -> Void
        let changed: @Sendable (_ isConnected: Bool, DID) async -> Void

        public init(
            received: @escaping @Sendable ([UInt8], DID) async -> Void,
            changed: @escaping @Sendable (_ isConnected: Bool, DID) async -> Void = { _, _ in }
        ) {
            self.received = received
            self.changed = changed
        }
    }

    private static let longestPause = Duration.seconds(2)

    private let address: PeerAddress?
    private let peers: [DID: PeerAddress]
    private let federation: [UInt8]
    private let tls: PostQuantumTLS
    private let links: FrameLinks
    private let handlers: Handlers
    private let onListening: @Sendable (_ port: Int) -> Void
    /// All connections are read by one thread, and what comes is worked on there: a message wakes one thread and not three.
    private let executor = LoopExecutor(MultiThreadedEventLoopGroup.singleton.next())

    /// - Parameters:
    ///   - address: where to listen; nil for one that only connects.
    ///   - peers: to whom to connect.
    ///   - accepting: whose connections are taken.
    ///   - federation: what certificates name.
    public init(
        at address: PeerAddress?, connectingTo peers: [DID: PeerAddress], accepting: Set<DID>, federation: [UInt8],
        tls: PostQuantumTLS, handlers: Handlers, onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) {
        self.address = address
        self.peers = peers
        self.federation = federation
        self.tls = tls
        self.handlers = handlers
        self.onListening = onListening
        links = FrameLinks(accepting: accepting.union(peers.keys))
    }

    public func send(_ message: [UInt8], to peer: DID) { links.send(message, to: peer) }

    /// Carries messages until the service is asked to stop.
    public func run() async throws {
        let server = try await listen()
        if let server { onListening(server.localAddress?.port ?? 0) }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask(executorPreference: self.executor) { await self.work() }
                for (did, address) in self.peers { group.addTask { await self.keepConnected(to: did, at: address) } }
            }
        }
        try? await server?.close()
        links.finish()
    }

    private func work() async {
        for await event in links.events {
            switch event {
            case .opened(let did): await handlers.changed(true, did)
            case .closed(let did): await handlers.changed(false, did)
            case .message(let bytes, let did):
                await handlers.received(bytes, did)
                links.done(bytes.count)
            }
        }
    }

    private func listen() async throws -> (any Channel)? {
        guard let address else { return nil }
        let (tls, links) = (tls, links)
        return try await ServerBootstrap(group: executor.loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1).childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(tls.serverHandler())
                    try pipeline.addHandler(FrameHandler(tls, links, expecting: nil))
                }
            }
            .bind(host: address.host, port: address.port).get()
    }

    private func keepConnected(to did: DID, at address: PeerAddress) async {
        var pause = Duration.milliseconds(50)
        while !Task.isCancelled {
            if let channel = try? await connect(to: did, at: address) {
                await withTaskCancellationHandler {
                    try? await channel.closeFuture.get()
                } onCancel: {
                    channel.close(promise: nil)
                }
                pause = .milliseconds(50)
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func connect(to did: DID, at address: PeerAddress) async throws -> any Channel {
        let (tls, links) = (tls, links)
        let node = try NodeID(federation: federation, did: did.bytes)
        return try await ClientBootstrap(group: executor.loop)
            .connectTimeout(.seconds(5)).channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(tls.clientHandler(expecting: node))
                    try pipeline.addHandler(FrameHandler(tls, links, expecting: did))
                }
            }
            .connect(host: address.host, port: address.port).get()
    }
}
