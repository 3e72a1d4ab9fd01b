extension RouteTable {
    /// What a member's node answers besides.
    public static func federation(_ service: FederationService) -> [Route] {
        [.federationMessage(service), .federationStatus(service), .governanceAuthorized(service)]
    }

    /// The interface of a home. A room adds its routes here, one file each under `Routes/<Noun>`.
    public static func home(_ services: HomeServices, metrics: ServerMetrics, adding others: [Route] = []) -> RouteTable {
        let routes =
            [
                .health(services), .ready(services), .metrics(services, metrics), .ledgerStats(services),
                .ledgerEvents(services), .ledgerEvent(services), .logCheckpoint(services),
            ] + others
        return RouteTable(routes + [.description(services, of: routes.map(\.document))])
    }
}
