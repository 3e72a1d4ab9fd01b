internal import ChanceryAPI
internal import ChancerySuite
internal import Hummingbird
internal import NIOCore

/// The body of a request as it comes, checked for its length, its digest and its pace. It is read once.
struct BodyStream: Sendable {
    /// A body may be slow; one that holds a place for ever may not.
    static let slowest = 64 << 10

    let body: RequestBody
    /// The length that the head states.
    let length: Int
    /// SHA-256 of the whole, where the sender stated or signed one.
    let digest: [UInt8]?
    /// How long the sender may take for the first ``slowest`` bytes.
    let patience: Duration

    /// Hands every part to `take`, in order.
    ///
    /// - Throws: `api.body_unreadable` when it ends early or goes on, `api.digest_mismatch`, `api.request_timeout`, and what
    ///   `take` throws. The body is whole and as stated when it returns.
    func forEach(_ take: (ByteBuffer) async throws -> Void) async throws {
        let started = ContinuousClock.now
        var hasher = SHA256Hasher()
        var received = 0
        do {
            for try await part in body {
                received += part.readableBytes
                guard received <= length else { throw Self.cut }
                if digest != nil { hasher.update(Array(part.readableBytesView)) }
                try await take(part)
                guard ContinuousClock.now - started <= patience + .seconds(received / Self.slowest) else {
                    throw APIError(.requestTimeout, "the body comes slower than \(Self.slowest) bytes a second")
                }
            }
        } catch let error where !(error is CancellationError || error is APIError) {
            // What the client's side of the connection did: no fault of this machine's.
            throw Self.cut
        }
        guard received == length else { throw Self.cut }
        if let digest, digest != hasher.digest() {
            throw APIError(.digestMismatch, "the body is not the one whose digest was stated")
        }
    }

    private static var cut: APIError {
        APIError(.bodyUnreadable, "the body is cut off, or is not framed as its head says")
    }
}
