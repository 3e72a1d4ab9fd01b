internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

extension Route {
    /// `GET /ready`
    static func ready(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/ready", id: "ready", tag: "service", summary: "The store answers, so work may be sent here.",
            access: .anyone,
            content: .json(.object([("records", .count), ("status", .string(values: ["ready"]))])))
        return Route(document) { _ in
            do {
                let records = try await services.blocking { try services.store.frontier().size }
                return .json(["records": .integer(Int64(clamping: records)), "status": "ready"])
            } catch {
                throw NodeError(
                    .storeUnavailable, "the store does not answer: \((error as? any CodedError)?.code ?? "unknown")")
            }
        }
    }
}
