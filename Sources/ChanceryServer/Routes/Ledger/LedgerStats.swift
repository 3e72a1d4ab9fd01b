internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode

extension Route {
    /// `GET /v1/ledger/stats`
    static func ledgerStats(_ services: HomeServices) -> Route {
        let document = RouteDocument(
            .get, "/v1/ledger/stats", id: "ledgerStats", tag: "ledger", summary: "What the store holds, counted.",
            access: .oversight,
            content: .json(StatisticsBody.schema))
        return Route(document) { _ in
            try await services.blocking {
                let chains = try services.store.chains().filter { ChainState.isAgent($0.agent) }
                return .json(
                    StatisticsBody.json(
                        try services.statistics(), chains: chains, published: try services.log.published()?.head.size))
            }
        }
    }
}
