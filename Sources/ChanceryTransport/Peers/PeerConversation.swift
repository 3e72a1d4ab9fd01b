internal import ChanceryAPI
internal import ChanceryWire
internal import NIOCore
internal import NIOHTTP1

/// Messages to one node on one connection. On plain connections the first request is signed and opens a session, which the
/// others name: a signature for each message would cost both sides more than what it says.
struct PeerConversation {
    typealias Answers = NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    typealias Requests = NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>

    private static let sessions = "/v1/sessions"
    private static let answerLimit = 64 << 10

    private var answers: Answers
    private let requests: Requests
    private let address: PeerAddress
    /// Nil on TLS, where the certificate says who asks.
    private let signer: HTTPPeerNetwork.Signer?
    private var token: String?

    init(_ answers: Answers, _ requests: Requests, to address: PeerAddress, signer: HTTPPeerNetwork.Signer?) {
        self.answers = answers
        self.requests = requests
        self.address = address
        self.signer = signer
    }

    /// Brings a message over. What the other node says to it is its own affair, but for a session that it does not know.
    ///
    /// - Throws: also when the other node started anew or the session is over: the next connection opens another.
    mutating func deliver(_ message: [UInt8]) async throws {
        if signer != nil, token == nil { token = try await openSession() }
        let status = try await post(message, to: HTTPPeerNetwork.path, authorization()).status
        guard status != 401 || signer == nil else {
            throw TransportError(.unreachable, "`\(address)` does not know this session")
        }
    }

    private func authorization() -> [RequestFacts.Header] { token.map { [.init("Authorization", "Bearer " + $0)] } ?? [] }

    private mutating func openSession() async throws -> String {
        let facts = try RequestFacts(
            method: "POST", scheme: .http, authority: address.authority, target: Self.sessions, headers: [], body: [])
        let answer = try await post([], to: Self.sessions, signer?(facts) ?? [])
        guard answer.status == 201, let token = try JSONParser.parse(answer.body)["token"]?.string else {
            throw TransportError(.unreachable, "`\(address)` opens no session: status \(answer.status)")
        }
        return token
    }

    private mutating func post(
        _ body: [UInt8], to path: String, _ headers: [RequestFacts.Header]
    ) async throws -> (status: Int, body: [UInt8]) {
        var fields = HTTPHeaders([("Host", address.authority), ("Content-Length", String(body.count))])
        if !body.isEmpty { fields.add(name: "Content-Type", value: "application/json") }
        for header in headers { fields.add(name: header.name, value: header.value) }
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: fields)
        try await requests.write(contentsOf: [.head(head), .body(.byteBuffer(ByteBuffer(bytes: body))), .end(nil)])
        return try await read()
    }

    private mutating func read() async throws -> (status: Int, body: [UInt8]) {
        var status = 0
        var body: [UInt8] = []
        while let part = try await answers.next(isolation: #isolation) {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let buffer):
                guard body.count + buffer.readableBytes <= Self.answerLimit else {
                    throw TransportError(.answerTooLong, "`\(address)` answers with more than \(Self.answerLimit) bytes")
                }
                body += buffer.readableBytesView
            case .end: return (status, body)
            }
        }
        throw ChannelError.eof
    }
}
