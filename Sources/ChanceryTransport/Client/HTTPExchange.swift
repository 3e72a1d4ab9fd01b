public import ChanceryAPI
internal import NIOCore

/// One request and its answer, on a connection of its own.
public struct HTTPExchange: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let mediaType: String
        public let body: [UInt8]
    }

    /// Also for an answer that takes work, as verifying a long history does.
    private static let patience = TimeAmount.seconds(120)

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

    func connect() async throws -> HTTPConversation.Connection {
        switch place {
        case .network(let address, let tls):
            try await HTTPConversation.connect(to: address, tls: tls, patience: Self.patience)
        case .socket(let path): try await HTTPConversation.connect(toSocket: path, patience: Self.patience)
        }
    }
}

extension TransportError.Reason {
    /// Nobody answers at an address, or not to the end.
    public static let unreachable = Self(rawValue: "transport.unreachable")
    /// An answer longer than its reader takes.
    public static let answerTooLong = Self(rawValue: "transport.answer_too_long")
}
