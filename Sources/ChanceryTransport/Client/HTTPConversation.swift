internal import ChanceryAPI
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// Requests on one connection, each answered before the next is sent.
struct HTTPConversation {
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private var answers: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    private let requests: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    private let authority: String

    init(
        _ answers: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ requests: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>, with authority: String
    ) {
        self.answers = answers.makeAsyncIterator()
        self.requests = requests
        self.authority = authority
    }

    /// Connects to `address`.
    ///
    /// - Parameters:
    ///   - tls: encrypts the connection; nil for a plain one.
    ///   - patience: how long connecting and each answer may take: who takes a request and never answers is as good as away.
    ///   - isPatient: whether each part of an answer has that time, as of one that may be large.
    static func connect(
        to address: PeerAddress, tls: ClientTLS?, patience: TimeAmount, isPatient: Bool = false
    ) async throws -> Connection {
        try await bootstrap(patience).connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture { try prepare(channel, tls?.handler(for: address), patience, isPatient) }
        }
    }

    /// Connects to the Unix socket at `path`.
    static func connect(toSocket path: String, patience: TimeAmount, isPatient: Bool = false) async throws -> Connection {
        try await bootstrap(patience).connect(unixDomainSocketPath: path) { channel in
            channel.eventLoop.makeCompletedFuture { try prepare(channel, nil, patience, isPatient) }
        }
    }

    private static func bootstrap(_ patience: TimeAmount) -> ClientBootstrap {
        ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(patience)
    }

    private static func prepare(
        _ channel: any Channel, _ tls: NIOSSLClientHandler?, _ patience: TimeAmount, _ isPatient: Bool
    ) throws -> Connection {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(tls) }
        try pipeline.addHTTPClientHandlers()
        try pipeline.addHandler(SilenceHandler(patience, isPatient))
        return try Connection(wrappingChannelSynchronously: channel)
    }

    /// Sends the request that `facts` are about and reads its answer to the end.
    ///
    /// - Parameters:
    ///   - isLast: asks the other side to close the connection afterwards.
    ///   - limit: most bytes of the answer's body.
    /// - Throws: `transport.answer_too_long`, and what the connection throws.
    mutating func send(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String?, isLast: Bool, limit: Int
    ) async throws -> HTTPExchange.Answer {
        try await write(facts, headers, mediaType: mediaType, isLast: isLast)
        return try await read(limit)
    }

    /// As ``send(_:_:mediaType:isLast:limit:)``, and gives the answer as it comes. What `take` throws is thrown.
    mutating func stream(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String?,
        _ take: (HTTPExchange.AnswerPart) async throws -> Void
    ) async throws {
        try await write(facts, headers, mediaType: mediaType, isLast: true)
        while let part = try await answers.next(isolation: #isolation) {
            switch part {
            case .head(let head):
                try await take(.head(status: Int(head.status.code), mediaType: head.headers.first(name: "Content-Type") ?? ""))
            case .body(let buffer): try await take(.body(Array(buffer.readableBytesView)))
            case .end: return
            }
        }
        throw ChannelError.eof
    }

    private func write(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String?, isLast: Bool
    ) async throws {
        let length = !facts.body.isEmpty || facts.method == "POST" || facts.method == "PUT" ? facts.body.count : nil
        let head = head(of: facts, headers, mediaType, length: length, isLast)
        // At once: a server may answer and close as soon as the head is there.
        try await requests.write(contentsOf: [.head(head), .body(.byteBuffer(ByteBuffer(bytes: facts.body))), .end(nil)])
    }

    /// Sends the last request of a connection with a body of `length` bytes that comes in pieces.
    ///
    /// - Parameter next: the next piece; nil at the end.
    mutating func send(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String, length: Int, limit: Int,
        _ next: () throws -> [UInt8]?
    ) async throws -> HTTPExchange.Answer {
        let head = head(of: facts, headers, mediaType, length: length, true)
        var piece = try next()
        try await requests.write(.head(head))
        do {
            while let current = piece {
                let body = HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: current)))
                piece = nil
                if let following = try following(next) {
                    try await requests.write(body)
                    piece = following
                } else {
                    // With the end: a server that has all of the body may answer and close before another write.
                    try await requests.write(contentsOf: [body, .end(nil)])
                    return try await read(limit)
                }
            }
        } catch let error as SourceFailure {
            throw error.reason
        } catch {
            // A server that wants no more of it has said why.
            return try await read(limit)
        }
        try? await requests.write(.end(nil))
        return try await read(limit)
    }

    /// Why a body has no next piece: no fault of the connection's.
    private struct SourceFailure: Error {
        let reason: any Error
    }

    private func following(_ next: () throws -> [UInt8]?) throws(SourceFailure) -> [UInt8]? {
        do { return try next() } catch { throw SourceFailure(reason: error) }
    }

    /// Sends the last request of a connection and hands the content of an answer of success to `take` as it comes; the answer
    /// that is returned has no body then.
    ///
    /// - Parameter limit: most bytes of the body of another answer.
    mutating func fetch(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], limit: Int, _ take: ([UInt8]) throws -> Void
    ) async throws -> HTTPExchange.Answer {
        try await requests.write(contentsOf: [.head(head(of: facts, headers, nil, length: nil, true)), .end(nil)])
        return try await read(limit, taking: true, take)
    }

    private func head(
        of facts: RequestFacts, _ headers: [RequestFacts.Header], _ mediaType: String?, length: Int?, _ isLast: Bool
    ) -> HTTPRequestHead {
        var fields = HTTPHeaders([("Host", authority)])
        if isLast { fields.add(name: "Connection", value: "close") }
        if let length { fields.add(name: "Content-Length", value: String(length)) }
        if let mediaType { fields.add(name: "Content-Type", value: mediaType) }
        for header in headers { fields.add(name: header.name, value: header.value) }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: facts.method), uri: facts.target, headers: fields)
    }

    private mutating func read(
        _ limit: Int, taking: Bool = false, _ take: ([UInt8]) throws -> Void = { _ in }
    ) async throws -> HTTPExchange.Answer {
        var status = 0
        var mediaType = ""
        var retryAfter: Int?
        var body: [UInt8] = []
        while let part = try await answers.next(isolation: #isolation) {
            switch part {
            case .head(let head):
                status = Int(head.status.code)
                mediaType = head.headers.first(name: "Content-Type") ?? ""
                retryAfter = head.headers.first(name: "Retry-After").flatMap { Int($0) }
            case .body(let buffer):
                if taking, (200..<300).contains(status) {
                    try take(Array(buffer.readableBytesView))
                    continue
                }
                guard body.count + buffer.readableBytes <= limit else {
                    throw TransportError(.answerTooLong, "`\(authority)` answers with more than \(limit) bytes")
                }
                body += buffer.readableBytesView
            case .end:
                return HTTPExchange.Answer(status: status, mediaType: mediaType, body: body, retryAfter: retryAfter)
            }
        }
        throw ChannelError.eof
    }
}

/// Closes a connection on which a request was sent and no answer came in time.
private final class SilenceHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart

    private let patience: TimeAmount
    /// Whether each part of an answer begins the time anew.
    private let isPatient: Bool
    private var deadline: Scheduled<Void>?

    init(_ patience: TimeAmount, _ isPatient: Bool) {
        self.patience = patience
        self.isPatient = isPatient
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { begin(context) }
        context.write(data, promise: promise)
    }

    private func begin(_ context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) {
            deadline?.cancel()
        } else if isPatient, let running = deadline {
            running.cancel()
            begin(context)
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }
}
