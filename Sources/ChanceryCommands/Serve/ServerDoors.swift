internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryWire
internal import ServiceLifecycle

/// Where a server's rooms are entered: the network, a Unix socket, a browser's port of its own, and the seed's ports.
struct ServerDoors {
    let main: APIServer
    let others: [any Service]

    init(of command: Serve, _ rooms: ServerRooms, at address: ServerAddress, tls: PostQuantumTLS?) throws {
        // A browser has no certificate of a federation, so pages are where TLS is not.
        let isPlain = tls == nil
        let (options, dashboard, host) = (rooms.options, rooms.dashboard, Serve.bracketed(command.host))
        main = APIServer(
            rooms.table(hasPages: isPlain), at: .network(address), tls: tls, admission: rooms.admission(hasBrowsers: isPlain),
            metrics: rooms.metrics, logger: rooms.logger
        ) { port in
            if isPlain {
                dashboard.show(at: "http://\(host):\(port)")
            } else {
                let url = "https://\(host):\(port)"
                try? options.show(["url": .string(url)]) { "listening on \(url)" }
            }
        }
        let local = command.socket.map { path in
            APIServer(
                rooms.table(hasPages: false), at: .socket(path: path), admission: rooms.admission(hasBrowsers: false),
                metrics: rooms.metrics, logger: rooms.logger)
        }
        let browsers = try command.dashboardPort.map { port in
            APIServer(
                rooms.table(hasPages: true), at: .network(try ServerAddress(host: "127.0.0.1", port: port, hasTLS: false)),
                admission: rooms.admission(hasBrowsers: true), metrics: rooms.metrics, logger: rooms.logger
            ) { port in dashboard.show(at: "http://127.0.0.1:\(port)", isAlone: true) }
        }
        others = [local, browsers].compactMap { $0 } + (try rooms.seed(of: command))
    }
}
