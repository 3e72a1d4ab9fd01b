internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

struct Serve: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer over HTTP until SIGTERM: the ledger, the log, health and metrics.",
        discussion: """
            Plain HTTP is spoken on loopback only. With --tls (a folder of `chancery ca issue`) both sides need a certificate \
            of the federation, and the key exchange is X25519MLKEM768. /openapi.json describes the interface.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port, 0…65535; 0 lets the system choose.") var port = ServerAddress.standardPort
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
        let federation = try FederationSetup(home, passphrase, tls: renewal?.tls, port: port, options, logger: logger)
        let scheme = tls == nil ? "http" : "https"
        let (host, options) = (host.contains(":") ? "[\(host)]" : host, options)
        let server = APIServer(
            .home(services, metrics: metrics, adding: federation.map { RouteTable.federation($0.service) } ?? []), at: address,
            tls: renewal?.tls, metrics: metrics, logger: logger
        ) { port in
            let url = "\(scheme)://\(host):\(port)"
            try? options.show(["url": .string(url)]) { "listening on \(url)" }
        }
        let others: [(any Service)?] = [renewal, federation?.network, federation?.service]
        try Daemon.run { try await server.runUntilSignal(with: others.compactMap(\.self)) }
    }

    private func certificates(_ folder: CredentialFolder, _ logger: Logger) throws -> CredentialRenewal {
        let custody = try folder.custody()
        let protection = try custody == .passphrase || passphrase.isGiven ? passphrase.protection(options) : .unencrypted
        return try CredentialRenewal(folder, protection, now: Home.now, logger: logger)
    }
}
