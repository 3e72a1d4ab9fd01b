internal import ArgumentParser
internal import ChanceryAPI
internal import ChanceryInference
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryVault
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

struct InferServe: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer sealed requests with a model of the vault until SIGTERM.",
        discussion: """
            The permit for the model is taken when the service starts and looked at again for each request and while it is \
            answered: after a revocation or a freeze nothing is opened. Clients sign with keys of `chancery api-key` (roles \
            agent and operator). The keys that they seal to live in memory and end with this process; `chancery keys list` shows \
            them, and `keys destroy` or `keys compromise` ends one. The program behind \
            --backend sees the questions in the clear, so it is on this machine.
            """)

    static let standardPort = 8430

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "The model: its artifact's name or id.") var model: String
    @Option(help: "Its version; the newest without it.") var version: Int64?
    @Option(help: "The agent that uses the model: name, DID or agent id.") var agent: String
    @Option(help: ArgumentHelp("The program that runs the model.", valueName: "http://127.0.0.1:port")) var backend: String
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port, 0…65535; 0 lets the system choose.") var port = InferServe.standardPort
    @Option(help: ArgumentHelp("Another name by which clients reach this server; may be repeated.", valueName: "host"))
    var name: [String] = []
    @Option(help: ArgumentHelp("The node's TLS folder, for addresses beyond loopback.", valueName: "dir")) var tls: String?
    @Option(help: ArgumentHelp("How long the vault stays unlocked here (s, m, h, d), 7d at most.", valueName: "time"))
    var ttl = "1d"
    @Option(help: ArgumentHelp("How long each service key lives (s, m, h, d), 4d at most.", valueName: "time"))
    var keyLifetime = "1d"

    var access: Home.Access { .writing("infer serve") }

    func run(in home: Home) throws {
        let (ttl, lifetime) = try (TimeSpan(ttl, option: "--ttl"), TimeSpan(keyLifetime, option: "--key-lifetime"))
        guard (1...UnlockWindow.longestSeconds).contains(ttl.seconds) else { throw UsageError("--ttl is at most 7d") }
        let address = try ServerAddress(host: host, port: port, hasTLS: tls != nil)
        let runner = try LoopbackBackend(backend)
        let vault = try home.vault(passphrase, options)
        try vault.unlock(home.custody(passphrase, options), seconds: ttl.seconds, by: VaultCaller.local)
        defer { try? vault.close() }
        let entry = try vault.recordingRefusal(of: "infer serve", by: VaultCaller.local) {
            try vault.entry(model, version: version)
        }
        let caller = try home.caller(agent, of: vault, for: "infer serve")
        let keys = try vault.temporaryServiceKeys(for: entry, lifetime: lifetime.seconds)
        defer { try? keys.end() }
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let renewal = try tls.map { path in
            let folder = CredentialFolder(path)
            return try CredentialRenewal(
                folder, passphrase.opening(folder.custody(), self.options), now: Home.now, logger: logger)
        }
        let authenticator = try Authenticator(
            home.apiKeys, nonces: home.nonces(), authorities: authorities, now: Home.now)
        let meter = UsageMeter(try home.usageJournal(passphrase, options), keys: home.apiKeys, now: Home.now)
        let admission = Admission(
            authenticator, journal: RefusalJournal(store: home.store, now: Home.now), usage: meter)
        let services = HomeServices(store: home.store, log: home.log, release: Version.text)
        let scheme = tls == nil ? "http" : "https"
        let (host, options) = (host.contains(":") ? "[\(host)]" : host, options)
        try Daemon.run { [logger] in
            let desk = try await InferenceDesk(
                vault, serving: entry, as: caller, keys: keys, backend: runner, now: Home.now)
            defer { try? desk.close() }
            let metrics = ServerMetrics()
            let server = APIServer(
                .inferenceService(desk, services, metrics: metrics), at: .network(address), tls: renewal?.tls,
                admission: admission, metrics: metrics, logger: logger
            ) { port in
                let url = "\(scheme)://\(host):\(port)"
                try? options.show(["manifest": .string(entry.manifest.text), "url": .string(url)]) {
                    "serving \(entry.name), version \(entry.version), on \(url)"
                }
            }
            let others: [any Service] =
                [UsageKeeper(meter, logger: logger), VaultExpiry(vault: vault, desk: desk)] + (renewal.map { [$0] } ?? [])
            try await server.runUntilSignal(with: others)
        }
    }

    /// The names under which signed requests reach this server; nil for any, where the port is not known beforehand.
    private var authorities: Set<String>? {
        guard port != 0 else { return nil }
        let names = ["127.0.0.1", "localhost", "[::1]", host.contains(":") ? "[\(host)]" : host.lowercased()] + name
        return Set(names.map { "\($0):\(port)" })
    }
}
