public import ChanceryAPI
internal import NIOCore

extension HTTPExchange {
    /// A piece of an answer.
    public enum AnswerPart: Sendable {
        /// First, once.
        case head(status: Int, mediaType: String)
        case body([UInt8])
    }

    /// Sends the request that `facts` are about and gives its answer to `take` as it comes: nothing of it is held, and nothing
    /// more is read before `take` returns.
    ///
    /// - Throws: `transport.unreachable` when the answer does not come, or not to its end; what `take` throws.
    public func stream(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], mediaType: String?,
        _ take: (AnswerPart) async throws -> Void
    ) async throws {
        var own: (any Error)?
        do {
            try await connect().executeThenClose { inbound, outbound in
                var conversation = HTTPConversation(inbound, outbound, with: authority)
                try await conversation.stream(facts, headers, mediaType: mediaType) { part in
                    do { try await take(part) } catch {
                        own = error
                        throw error
                    }
                }
            }
        } catch {
            throw own ?? TransportError(.unreachable, "`\(authority)` does not answer to the end: \(error)")
        }
    }
}
