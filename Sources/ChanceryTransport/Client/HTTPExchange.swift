public import ChanceryAPI
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One request and its answer, on a connection of its own.
public struct HTTPExchange: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let mediaType: String
        public let body: [UInt8]
    }

    private static let timeout = TimeAmount.seconds(30)

    private let address: PeerAddress
    private let tls: PostQuantumTLS?

    /// - Parameter tls: for `https` addresses; any node of the federation may be at the other end.
    public init(_ address: PeerAddress, tls: PostQuantumTLS? = nil) throws(TransportError) {
        guard !address.isSecure || tls != nil else {
            throw TransportError(.tlsRequired, "`\(address)` is reached by TLS, which needs a certificate")
        }
        self.address = address
        self.tls = tls
    }

    /// Sends the request that `facts` are about with `headers` that sign it.
    ///
    /// - Parameter limit: most bytes of the answer's body.
    /// - Throws: `transport.unreachable` when no answer comes, `transport.answer_too_long`.
    public func send(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String?, limit: Int
    ) async throws -> Answer {
        do {
            return try await connect().executeThenClose { inbound, outbound in
                try await write(facts, headers, mediaType, to: outbound)
                return try await Self.read(inbound, limit)
            }
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(.unreachable, "`\(address)` does not answer: \(error)")
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws -> Connection {
        let tls = address.isSecure ? tls : nil
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(Self.timeout)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(tls.clientHandler(expecting: nil)) }
                    try pipeline.addHandler(IdleStateHandler(readTimeout: Self.timeout))
                    try pipeline.addHandler(IdleCloser())
                    try pipeline.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func write(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], _ mediaType: String?,
        to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws {
        var fields = HTTPHeaders([("Host", address.authority), ("Connection", "close")])
        if !facts.body.isEmpty { fields.add(name: "Content-Length", value: String(facts.body.count)) }
        if let mediaType { fields.add(name: "Content-Type", value: mediaType) }
        for header in headers { fields.add(name: header.name, value: header.value) }
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: facts.method), uri: facts.target, headers: fields)
        try await outbound.write(.head(head))
        if !facts.body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: facts.body)))) }
        try await outbound.write(.end(nil))
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>, _ limit: Int
    ) async throws -> Answer {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let found): head = found
            case .body(let buffer):
                guard body.count + buffer.readableBytes <= limit else {
                    throw TransportError(.answerTooLong, "the answer has more than \(limit) bytes")
                }
                body += buffer.readableBytesView
            case .end:
                guard let head else { break }
                return Answer(
                    status: Int(head.status.code), mediaType: head.headers.first(name: "Content-Type") ?? "", body: body)
            }
        }
        throw ChannelError.eof
    }
}

/// Closes a connection on which nothing comes.
private final class IdleCloser: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}

extension TransportError.Reason {
    /// Nobody answers at an address, or not to the end.
    public static let unreachable = Self(rawValue: "transport.unreachable")
    /// An answer longer than its reader takes.
    public static let answerTooLong = Self(rawValue: "transport.answer_too_long")
}
