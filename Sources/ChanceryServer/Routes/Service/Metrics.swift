internal import ChanceryAPI
internal import ChanceryLedger
internal import ChanceryNode

extension Route {
    /// `GET /metrics`
    static func metrics(_ services: HomeServices, _ metrics: ServerMetrics) -> Route {
        let mediaType = "text/plain; version=0.0.4; charset=utf-8"
        let document = RouteDocument(
            .get, "/metrics", id: "metrics", tag: "service", summary: "Counts and latencies for Prometheus.", access: .anyone,
            content: .text(mediaType))
        return Route(document) { _ in
            let records = try await services.blocking { try services.store.frontier().size }
            let gauges = [MetricGauge(name: "chancery_ledger_records", help: "Records in the store.", value: records)]
            return .bytes(Array(metrics.text(gauges: gauges).utf8), mediaType: mediaType)
        }
    }
}
