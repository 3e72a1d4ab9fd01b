internal import ChanceryAPI
internal import ChancerySuite
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Reads the body of a request within limits of size and time.
struct RequestBodyReader: Sendable {
    let limits: ServerLimits
    /// The memory that the body takes.
    let share: BodyRoom.Share

    /// - Throws: `api.body_too_long`, `api.body_unreadable`, `api.no_room`, `api.request_timeout`, `api.unsupported_media_type`.
    func read(_ request: Request, for document: RouteDocument) async throws -> [UInt8] {
        // A route without a body reads none, whatever the client says.
        let limit = document.body == nil ? 0 : document.bodyBytes ?? limits.bodyBytes
        if let stated = request.headers[.contentLength], Int(stated).map({ $0 > limit }) ?? true {
            throw APIError(.bodyTooLong, "a body of this route has at most \(limit) bytes")
        }
        let bytes = try await collect(request, limit)
        if let body = document.body, !bytes.isEmpty || request.headers[.contentType] != nil {
            let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
            guard type == body.mediaType else {
                throw APIError(.unsupportedMediaType, "the body of this route is `\(body.mediaType)`")
            }
        }
        return bytes
    }

    /// The body of a route that takes it as it comes.
    ///
    /// - Parameter isSigned: whether a signature covers the digest that the head states, or that of no body.
    /// - Throws: `api.length_required`, `api.body_too_long`, `api.unsupported_media_type`, and `wire.…` for a malformed digest.
    func stream(_ request: Request, for document: RouteDocument, _ facts: RequestFacts, isSigned: Bool) throws -> BodyStream {
        let limit = document.bodyBytes ?? limits.bodyBytes
        guard let stated = request.headers[.contentLength], let length = Int(stated), length >= 0 else {
            throw APIError(.lengthRequired, "a body of this route states its length")
        }
        guard length <= limit else { throw APIError(.bodyTooLong, "a body of this route has at most \(limit) bytes") }
        if let type = request.headers[.contentType]?.prefix(while: { $0 != ";" }).lowercased() {
            guard type == document.body?.mediaType else {
                throw APIError(.unsupportedMediaType, "the body of this route is `\(document.body?.mediaType ?? "")`")
            }
        }
        let digest = try facts.statedDigest() ?? (isSigned ? Digest.sha256([UInt8]()) : nil)
        return BodyStream(body: request.body, length: length, digest: digest, patience: limits.body)
    }

    private func collect(_ request: Request, _ limit: Int) async throws -> [UInt8] {
        let allowed = limits.body
        let (body, share) = (request.body, share)
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                do {
                    return try await Self.collect(body, limit, share)
                } catch let error where !(error is CancellationError || error is APIError) {
                    // What the client's side of the connection did: no fault of this machine's.
                    throw APIError(.bodyUnreadable, "the body is cut off, or is not framed as its head says")
                }
            }
            group.addTask {
                try await Task.sleep(for: allowed)
                throw APIError(.requestTimeout, "the body did not come within \(allowed)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { return [] }
            return first
        }
    }

    private static func collect(_ body: RequestBody, _ limit: Int, _ share: BodyRoom.Share) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= limit else {
                throw APIError(.bodyTooLong, "a body of this route has at most \(limit) bytes")
            }
            guard share.take(part.readableBytes) else {
                throw APIError(.noRoom, "the server reads as many bodies as it takes; try again later")
            }
            bytes += part.readableBytesView
        }
        return bytes
    }
}
