internal import ChanceryAPI
internal import ChanceryWire

/// Messages to one node on one connection. On plain connections the first request is signed and opens a session, which the
/// others name: a signature for each message would cost both sides more than what it says.
struct PeerConversation {
    private static let sessions = "/v1/sessions"
    private static let answerLimit = 64 << 10

    private var conversation: HTTPConversation
    private let address: PeerAddress
    /// Nil on TLS, where the certificate says who asks.
    private let signer: HTTPPeerNetwork.Signer?
    private var token: String?

    init(_ conversation: HTTPConversation, to address: PeerAddress, signer: HTTPPeerNetwork.Signer?) {
        self.conversation = conversation
        self.address = address
        self.signer = signer
    }

    /// Brings a message over. What the other node says to it is its own affair, but for a session that it does not know.
    ///
    /// - Throws: also when the other node started anew or the session is over: the next connection opens another.
    mutating func deliver(_ message: [UInt8]) async throws {
        if signer != nil, token == nil { token = try await openSession() }
        let facts = try facts(HTTPPeerNetwork.path, message)
        let status = try await send(facts, token.map { [.init("Authorization", "Bearer " + $0)] } ?? []).status
        guard status != 401 || signer == nil else {
            throw TransportError(.unreachable, "`\(address)` does not know this session")
        }
    }

    private mutating func openSession() async throws -> String {
        let facts = try facts(Self.sessions, [])
        let answer = try await send(facts, signer?(facts) ?? [])
        guard answer.status == 201, let token = try JSONParser.parse(answer.body)["token"]?.string else {
            throw TransportError(.unreachable, "`\(address)` opens no session: status \(answer.status)")
        }
        return token
    }

    private func facts(_ path: String, _ body: [UInt8]) throws -> RequestFacts {
        try RequestFacts(
            method: "POST", scheme: signer == nil ? .https : .http, authority: address.authority, target: path, headers: [],
            body: body)
    }

    private mutating func send(_ facts: RequestFacts, _ headers: [RequestFacts.Header]) async throws -> HTTPExchange.Answer {
        try await conversation.send(
            facts, headers, mediaType: facts.body.isEmpty ? nil : "application/json", isLast: false, limit: Self.answerLimit)
    }
}
