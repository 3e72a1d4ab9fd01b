internal import ChanceryAPI
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Reads the body of a request within limits of size and time.
struct RequestBodyReader: Sendable {
    let limits: ServerLimits

    /// - Throws: `api.body_too_long`, `api.body_unreadable`, `api.request_timeout`, `api.unsupported_media_type`.
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

    private func collect(_ request: Request, _ limit: Int) async throws -> [UInt8] {
        let allowed = limits.body
        let body = request.body
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                do {
                    return Array(buffer: try await body.collect(upTo: limit))
                } catch is NIOTooManyBytesError {
                    throw APIError(.bodyTooLong, "a body of this route has at most \(limit) bytes")
                } catch let error where !(error is CancellationError) {
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
}
