internal import Synchronization

/// What the server counts about itself. Labels are bounded: methods and paths that no route has are `other`.
public final class ServerMetrics: Sendable {
    private struct Series: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Latency {
        var buckets = [UInt64](repeating: 0, count: ServerMetrics.bounds.count)
        var sum = 0.0
        var count: UInt64 = 0
    }

    private struct State {
        var requests: [Series: UInt64] = [:]
        var latencies: [String: Latency] = [:]
        var refusals: [String: UInt64] = [:]
    }

    /// Upper bounds of the latency histogram in seconds.
    static let bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5]
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let state = Mutex(State())

    public init() {}

    func count(method: String, route: String?, status: Int, duration: Duration) {
        let series = Series(method: Self.methods.contains(method) ? method : "other", route: route ?? "other", status: status)
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        state.withLock { state in
            state.requests[series, default: 0] += 1
            var latency = state.latencies[series.route] ?? Latency()
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { latency.buckets[index] += 1 }
            latency.sum += seconds
            latency.count += 1
            state.latencies[series.route] = latency
        }
    }

    /// A caller was not let in, for the reason `code`.
    func count(refusal code: String) { state.withLock { $0.refusals[code, default: 0] += 1 } }

    /// The text that Prometheus reads (exposition format 0.0.4), with `gauges` of the moment.
    func text(gauges: [MetricGauge]) -> String {
        let (requests, latencies, refusals) = state.withLock { ($0.requests, $0.latencies, $0.refusals) }
        var lines = ["# HELP chancery_http_requests_total Requests answered.", "# TYPE chancery_http_requests_total counter"]
        lines += requests.map { series, count in
            "chancery_http_requests_total{method=\"\(series.method)\",route=\"\(series.route)\",status=\"\(series.status)\"} \(count)"
        }.sorted()
        let refused = "chancery_http_refusals_total"
        lines += ["# HELP \(refused) Callers not let in, by the check that failed.", "# TYPE \(refused) counter"]
        lines += refusals.sorted { $0.key < $1.key }.map { "\(refused){code=\"\($0.key)\"} \($0.value)" }
        let name = "chancery_http_request_seconds"
        lines += ["# HELP \(name) Time from head to answer.", "# TYPE \(name) histogram"]
        for (route, latency) in latencies.sorted(by: { $0.key < $1.key }) {
            for (bound, count) in zip(Self.bounds, latency.buckets) {
                lines.append("\(name)_bucket{route=\"\(route)\",le=\"\(bound)\"} \(count)")
            }
            lines.append("\(name)_bucket{route=\"\(route)\",le=\"+Inf\"} \(latency.count)")
            lines.append("\(name)_sum{route=\"\(route)\"} \(latency.sum)")
            lines.append("\(name)_count{route=\"\(route)\"} \(latency.count)")
        }
        for gauge in gauges {
            lines += ["# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) gauge", "\(gauge.name) \(gauge.value)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A number that goes up and down, without labels.
struct MetricGauge {
    let name: String
    let help: String
    let value: UInt64
}
