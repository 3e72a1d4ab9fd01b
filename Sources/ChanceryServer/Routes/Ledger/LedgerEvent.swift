internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /v1/ledger/events/{hash}`
    static func ledgerEvent(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/ledger/events/{hash}", id: "ledgerEvent", tag: "ledger", summary: "The record with this hash.",
            access: .oversight,
            parameters: [.path("hash", .hex(32, 64), "Its id: 32 bytes, or 64 for an AISS-2.1 event.")],
            content: .json(RecordBody.schema), refusals: [404])
        return Route(document) { request in
            let id = try RequestParameters.require(request.parameters.hex("hash", counts: [32, 64]), "hash")
            return try await services.blocking {
                guard let record = try services.store.record(id: id) else {
                    throw NodeError(.notFound, "there is no record `\(Hex.encode(id))`")
                }
                return .json(RecordBody.json(record))
            }
        }
    }
}
