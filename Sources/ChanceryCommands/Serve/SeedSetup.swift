internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire
internal import Logging

/// The seed's own interfaces beside a server: each on a port of its own, on loopback, with the same keys and sessions.
struct SeedSetup {
    private static let host = "127.0.0.1"

    private(set) var servers: [APIServer] = []

    /// - Throws: `node.not_found` for TrustGate in a home without a gate.
    init(
        _ home: Home, _ gate: GateService?, trustgatePort: Int?, vigilPort: Int?, services: HomeServices, admission: Admission,
        metrics: ServerMetrics, _ options: GlobalOptions, logger: Logger
    ) throws {
        func serve(_ name: String, _ title: String, _ routes: [Route], on port: Int) throws {
            servers.append(
                APIServer(
                    .seed(title, services, routes), at: .network(try ServerAddress(host: Self.host, port: port, hasTLS: false)),
                    admission: admission, metrics: metrics, logger: logger
                ) { port in
                    let url = "http://\(Self.host):\(port)"
                    try? options.show(["interface": .string(name), "url": .string(url)]) { "\(name) on \(url)" }
                })
        }
        if let trustgatePort {
            guard let gate else {
                throw NodeError(.notFound, "this home has no gate; `chancery gate init` makes one")
            }
            let service = TrustGateService(gate, vigil: home.vigil, registry: home.registry, release: Version.text)
            try serve("trustgate", "TrustGate", RouteTable.trustGate(service), on: trustgatePort)
        }
        if let vigilPort {
            let importer = ChainImporter(store: home.store, registry: home.registry, now: Home.now)
            let service = VigilCompatService(home.vigil, importer: importer, registry: home.registry, now: Home.now)
            try serve("vigil", "Vigil", RouteTable.vigilCompat(service), on: vigilPort)
        }
    }
}
