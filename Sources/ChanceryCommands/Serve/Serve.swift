internal import ArgumentParser
internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

struct Serve: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer over HTTP until SIGTERM: the ledger, the log, and a federation's node.",
        discussion: """
            Plain HTTP is spoken on loopback only. With --tls (a folder of `chancery ca issue`) both sides need a certificate \
            of the federation, and the key exchange is X25519MLKEM768. /openapi.json describes the interface. Clients sign \
            their requests with a key of `chancery api-key`, or open a session with one.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port, 0…65535; 0 lets the system choose.") var port = ServerAddress.standardPort
    @Option(help: ArgumentHelp("Another name by which clients reach this server; may be repeated.", valueName: "host"))
    var name: [String] = []
    @Option(help: ArgumentHelp("The node's TLS folder: node.pem, authority.pem, node.key.", valueName: "dir")) var tls: String?

    var access: Home.Access { .writing("serve") }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port lies in 0…65535") }
    }

    func run(in home: Home) throws {
        let address = try ServerAddress(host: host, port: port, hasTLS: tls != nil)
        let services = HomeServices(store: home.store, log: home.log, release: Version.text)
        let metrics = ServerMetrics()
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let renewal = try tls.map { try certificates(CredentialFolder($0), logger) }
        let federation = try FederationSetup(
            home, passphrase, tls: renewal?.tls, options, logger: logger)
        let authenticator = try Authenticator(
            home.apiKeys, members: federation?.service.memberKeys, nonces: home.nonces(), authorities: authorities,
            now: Home.now)
        let admission = Admission(
            authenticator, peers: federation?.service.principal(of:),
            journal: RefusalJournal(store: home.store, now: Home.now))
        let routes = RouteTable.sessions(authenticator) + (federation.map { RouteTable.federation($0.service) } ?? [])
        let scheme = tls == nil ? "http" : "https"
        let (host, options) = (host.contains(":") ? "[\(host)]" : host, options)
        let server = APIServer(
            .home(services, metrics: metrics, adding: routes), at: address, tls: renewal?.tls, admission: admission,
            metrics: metrics, logger: logger
        ) { port in
            let url = "\(scheme)://\(host):\(port)"
            try? options.show(["url": .string(url)]) { "listening on \(url)" }
        }
        let others: [any Service] = (renewal.map { [$0] } ?? []) + (federation?.services ?? [])
        try Daemon.run { try await server.runUntilSignal(with: others) }
    }

    /// The names under which signed requests reach this server; nil for any, where the port is not known beforehand.
    private var authorities: Set<String>? {
        guard port != 0 else { return nil }
        let names = ["127.0.0.1", "localhost", "[::1]", host.contains(":") ? "[\(host)]" : host.lowercased()] + name
        return Set(names.map { "\($0):\(port)" })
    }

    private func certificates(_ folder: CredentialFolder, _ logger: Logger) throws -> CredentialRenewal {
        try CredentialRenewal(folder, passphrase.opening(folder.custody(), options), now: Home.now, logger: logger)
    }
}
