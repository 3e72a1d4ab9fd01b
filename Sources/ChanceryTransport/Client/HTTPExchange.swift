public import ChanceryAPI
internal import ChanceryWire
internal import NIOCore

/// One request and its answer, on a connection of its own.
public struct HTTPExchange: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let mediaType: String
        public let body: [UInt8]
        /// Seconds until it is worth asking again, where the server says so (429, 503).
        public let retryAfter: Int?
    }

    /// Also for an answer that takes work, as verifying a long history does.
    private static let patience = TimeAmount.seconds(120)
    /// For the answer to something large, which may have to reach a slow disk first.
    private static let longPatience = TimeAmount.seconds(1800)

    private enum Place: Sendable {
        case network(PeerAddress, ClientTLS?)
        case socket(String)
    }

    private let place: Place
    let authority: String

    /// - Parameter tls: for `https` addresses.
    public init(_ address: PeerAddress, tls: ClientTLS? = nil) throws(TransportError) {
        guard !address.isSecure || tls != nil else {
            throw TransportError(.tlsRequired, "`\(address)` is reached by TLS, which needs a certificate")
        }
        place = .network(address, address.isSecure ? tls : nil)
        authority = address.authority
    }

    /// Over the Unix socket at `path`, whose other end knows by the kernel who asks.
    public init(socket path: String) {
        place = .socket(path)
        authority = "localhost"
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
                var conversation = HTTPConversation(inbound, outbound, with: authority)
                return try await conversation.send(facts, headers, mediaType: mediaType, isLast: true, limit: limit)
            }
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(.unreachable, "`\(authority)` does not answer: \(error)")
        }
    }

    /// Sends the request that `facts` are about with a body of `length` bytes, of which `next` gives piece by piece; the body of
    /// `facts` is not sent.
    ///
    /// - Throws: as ``send(_:_:mediaType:limit:)``, and what `next` throws.
    public func upload(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String, length: Int, limit: Int,
        _ next: () throws -> [UInt8]?
    ) async throws -> Answer {
        try await talking { conversation in
            try await conversation.send(facts, headers, mediaType: mediaType, length: length, limit: limit, next)
        }
    }

    /// Sends the request that `facts` are about, and hands the content of an answer of success to `take` as it comes.
    ///
    /// - Parameter limit: most bytes of the body of another answer.
    /// - Throws: as ``send(_:_:mediaType:limit:)``, and what `take` throws. What `take` got is not the whole then.
    public func download(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], limit: Int, _ take: ([UInt8]) throws -> Void
    ) async throws -> Answer {
        try await talking { conversation in try await conversation.fetch(facts, headers, limit: limit, take) }
    }

    private func talking(_ body: (inout HTTPConversation) async throws -> Answer) async throws -> Answer {
        do {
            return try await connect(isPatient: true).executeThenClose { inbound, outbound in
                var conversation = HTTPConversation(inbound, outbound, with: authority)
                return try await body(&conversation)
            }
        } catch let error as any CodedError {
            throw error
        } catch {
            throw TransportError(.unreachable, "`\(authority)` does not answer to the end: \(error)")
        }
    }

    func connect(isPatient: Bool = false) async throws -> HTTPConversation.Connection {
        let patience = isPatient ? Self.longPatience : Self.patience
        return switch place {
        case .network(let address, let tls):
            try await HTTPConversation.connect(to: address, tls: tls, patience: patience, isPatient: isPatient)
        case .socket(let path):
            try await HTTPConversation.connect(toSocket: path, patience: patience, isPatient: isPatient)
        }
    }
}

extension TransportError.Reason {
    /// Nobody answers at an address, or not to the end.
    public static let unreachable = Self(rawValue: "transport.unreachable")
    /// An answer longer than its reader takes.
    public static let answerTooLong = Self(rawValue: "transport.answer_too_long")
}
