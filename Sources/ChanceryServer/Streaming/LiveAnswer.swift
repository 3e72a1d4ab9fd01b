internal import Hummingbird
internal import NIOCore

/// An answer that is written as it is made. What `body` throws after the first byte ends the connection without a clean end,
/// so a cut answer never looks whole.
public struct LiveAnswer: Sendable {
    public typealias Writer = (_ bytes: [UInt8]) async throws -> Void

    let status: Int
    let mediaType: String
    let body: @Sendable (Writer) async throws -> Void

    /// - Parameter body: returns when the answer is whole; each write waits until the client takes it.
    public init(status: Int, mediaType: String, body: @escaping @Sendable (Writer) async throws -> Void) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
    }

    var responseBody: ResponseBody {
        let body = body
        return ResponseBody { target in
            // One task writes, and waits for each write: the closure never outlives this one.
            nonisolated(unsafe) var writer = target
            try await body { bytes in try await unsafe writer.write(ByteBuffer(bytes: bytes)) }
            try await unsafe writer.finish(nil)
        }
    }
}
