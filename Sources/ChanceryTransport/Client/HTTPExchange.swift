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
            let connection = try await HTTPConversation.connect(
                to: address, tls: address.isSecure ? tls : nil, expecting: nil, patience: Self.patience)
            return try await connection.executeThenClose { inbound, outbound in
                var conversation = HTTPConversation(inbound, outbound, with: address)
                return try await conversation.send(facts, headers, mediaType: mediaType, isLast: true, limit: limit)
            }
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(.unreachable, "`\(address)` does not answer: \(error)")
        }
    }
}

extension TransportError.Reason {
    /// Nobody answers at an address, or not to the end.
    public static let unreachable = Self(rawValue: "transport.unreachable")
    /// An answer longer than its reader takes.
    public static let answerTooLong = Self(rawValue: "transport.answer_too_long")
}
