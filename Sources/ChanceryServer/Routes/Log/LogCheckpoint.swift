internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/log/checkpoint`: the signed note, byte for byte as it was published.
    static func logCheckpoint(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/log/checkpoint", id: "logCheckpoint", tag: "log",
            summary: "The latest checkpoint of the transparency log, a C2SP signed note.", access: .everyRole, content: .text(),
            refusals: [404])
        return Route(document) { _ in
            try await services.blocking {
                do {
                    guard let note = try services.log.publishedNote() else {
                        throw NodeError(.notFound, "no checkpoint was published yet")
                    }
                    return .bytes(note, mediaType: "text/plain; charset=utf-8")
                } catch let error as any CodedError where !(error is NodeError) {
                    // A checkpoint of our own that does not verify is no mistake of the caller's.
                    throw NodeError(.storeCorrupt, error.description)
                }
            }
        }
    }
}
