internal import ArgumentParser
internal import ChanceryCustodian
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import Synchronization

struct ComputeServe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Coordinate custodians for clients over HTTP until SIGTERM.",
        discussion: """
            The coordinator collects signatures, chooses material and relays what is sealed. It is trusted with nothing: \
            custodians check what it asks for, clients what it answers. Plain HTTP is spoken on loopback only.
            """)

    static let standardPort = 8440

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: ArgumentHelp("The list of custodians.", valueName: "file")) var roster: String
    @Option(help: ArgumentHelp("The TLS folder: node.pem, authority.pem, node.key.", valueName: "dir")) var tls: String
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port, 0…65535; 0 lets the system choose.") var port = ComputeServe.standardPort

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("a port lies in 0…65535") }
    }

    func run() throws {
        let roster = try CustodianRoster(decoding: UserFile.read(self.roster, limit: CustodianRoster.maximumBytes))
        let place = try ServerAddress(host: host, port: port, hasTLS: false)
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let credentials = CredentialFolder(tls)
        let renewal = try CredentialRenewal(
            credentials, passphrase.opening(credentials.custody(), options), now: Home.now, logger: logger)
        let slot = CoordinatorSlot()
        let network = FramedNetwork(
            at: nil, connectingTo: try roster.addresses.mapValues { try PeerAddress($0) }, accepting: [],
            federation: roster.set.digest, tls: renewal.tls,
            handlers: .init(
                received: { bytes, sender in await slot.coordinator?.receive(bytes, from: sender) },
                changed: { isConnected, did in await slot.coordinator?.setConnected(isConnected, did) }))
        let coordinator = Coordinator(roster, network: network, now: Home.now)
        slot.set(coordinator)
        var limits = ServerLimits()
        limits.strangersBytes = 256 << 20
        limits.body = .seconds(120)
        let (options, fixed) = (options, limits)
        try Daemon.run { [logger] in
            let server = APIServer(
                .compute(ComputeDesk(coordinator)), at: .network(place), limits: fixed, admission: Admission(nil),
                metrics: ServerMetrics(), logger: logger
            ) { port in
                let url = "http://\(place.host.contains(":") ? "[\(place.host)]" : place.host):\(port)"
                try? options.show(["url": .string(url)]) { "listening on \(url)" }
            }
            try await server.runUntilSignal(with: [renewal, network])
        }
    }
}

/// The coordinator of a network that is made before it.
final class CoordinatorSlot: Sendable {
    private let held = Mutex<Coordinator?>(nil)
    var coordinator: Coordinator? { held.withLock { $0 } }
    func set(_ coordinator: Coordinator) { held.withLock { $0 = coordinator } }
}
