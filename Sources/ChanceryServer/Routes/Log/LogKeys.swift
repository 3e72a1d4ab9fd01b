internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/log/keys`
    static func logKeys(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/log/keys", id: "logKeys", tag: "log",
            summary: "The verifier keys of the transparency log, as signed notes name them.", access: .everyRole,
            content: .json(.object([("keys", .array(.string()))])), refusals: [404])
        return Route(document) { _ in
            try await services.blocking {
                guard let keys = try services.log.verifierKeys() else {
                    throw NodeError(.notFound, "the log has not been started")
                }
                return .json(["keys": .array(keys.map { .string($0.description) })])
            }
        }
    }

    /// `GET /v1/log/proofs/{position}`: a `.tlog-proof`, byte for byte as `chancery log prove` writes it.
    static func logProof(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/log/proofs/{position}", id: "logProof", tag: "log",
            summary: "Shows that the record at a position stands in the log, under its latest checkpoint.", access: .everyRole,
            parameters: [
                .path("position", .integer(0...CanonicalForm.largestSafeInteger), "Where the record stands in the log.")
            ], content: .text(), refusals: [404])
        return Route(document) { request in
            let position = try RequestParameters.require(
                request.parameters.integer("position", in: 0...CanonicalForm.largestSafeInteger), "position")
            return try await services.blocking {
                guard let checkpoint = try services.log.published(), UInt64(position) < checkpoint.head.size else {
                    throw NodeError(.notFound, "no checkpoint covers position \(position) yet")
                }
                return .bytes(try services.log.prove(UInt64(position)).encoded, mediaType: "text/plain; charset=utf-8")
            }
        }
    }
}
