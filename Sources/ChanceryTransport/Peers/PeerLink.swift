internal import ChanceryAPI
internal import ChanceryWire
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The way to one node: connects when there is something to say, keeps the connection, and tries again after a failure.
final class PeerLink: Sendable {
    private static let longestPause = Duration.seconds(2)

    private let address: PeerAddress
    private let node: NodeID
    private let tls: PostQuantumTLS?
    private let signer: HTTPPeerNetwork.Signer
    private let queue = PeerQueue()

    init(_ address: PeerAddress, expecting node: NodeID, tls: PostQuantumTLS?, signer: @escaping HTTPPeerNetwork.Signer) {
        self.address = address
        self.node = node
        self.tls = tls
        self.signer = signer
    }

    func enqueue(_ message: [UInt8]) { queue.add(message) }

    func run() async {
        var unsent: [UInt8]?
        var pause = Duration.milliseconds(50)
        while !Task.isCancelled {
            guard let message = if let unsent { unsent } else { await queue.next() } else { return }
            unsent = message
            do {
                try await connect().executeThenClose { inbound, outbound in
                    var answers = inbound.makeAsyncIterator()
                    var next: [UInt8]? = message
                    while let message = next {
                        unsent = message
                        try await post(message, on: outbound)
                        // Read to its end; what it says is the other node's affair.
                        while true {
                            guard let part = try await answers.next() else { throw ChannelError.eof }
                            if case .end = part { break }
                        }
                        unsent = nil
                        pause = .milliseconds(50)
                        next = await queue.next()
                    }
                }
            } catch {
                // A node that is away is nothing unusual: what it missed it asks for later.
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
                if pause == Self.longestPause { unsent = nil }
            }
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Connection {
        let (tls, node) = (tls, node)
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(HTTPPeerNetwork.timeout)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(tls.clientHandler(expecting: node)) }
                    try pipeline.addHTTPClientHandlers()
                    // A node that takes a message and never answers is as good as away.
                    try pipeline.addHandler(SilenceHandler())
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func post(_ message: [UInt8], on outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>) async throws {
        let facts = try RequestFacts(
            method: "POST", scheme: tls == nil ? .http : .https, authority: address.authority, target: HTTPPeerNetwork.path,
            headers: [], body: message)
        var headers = HTTPHeaders([
            ("Host", address.authority), ("Content-Type", "application/json"), ("Content-Length", String(message.count)),
        ])
        if tls == nil { for header in try signer(facts) { headers.add(name: header.name, value: header.value) } }
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: HTTPPeerNetwork.path, headers: headers)
        try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(ByteBuffer(bytes: message))), .end(nil)])
    }
}

/// Closes a connection on which a request was sent and no answer came in time.
private final class SilenceHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart

    private var deadline: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: HTTPPeerNetwork.timeout) { channel.close(promise: nil) }
        }
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) { deadline?.cancel() }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }
}
