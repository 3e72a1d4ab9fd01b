internal import ChanceryAPI
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// What a server serves: the rooms that its home has, who may enter, and all that runs beside them.
struct ServerRooms {
    let home: Home
    let options: GlobalOptions
    let logger: Logger
    let metrics = ServerMetrics()
    let services: [any Service]
    let gate: GateService?
    let dashboard: DashboardSetup
    private let basics: HomeServices
    private let routes: [Route]
    private let federation: FederationSetup?
    private let authenticator: Authenticator
    private let locals: LocalAgents
    private let journal: RefusalJournal
    private let meter: UsageMeter

    /// Opens the keys of each room that the home has; a room that it has not is absent.
    init(of command: Serve, _ home: Home, tls: PostQuantumTLS?, logger: Logger) throws {
        let (options, passphrase) = (command.options, command.passphrase)
        federation = try FederationSetup(home, passphrase, tls: tls, options, logger: logger)
        authenticator = try Authenticator(
            home.apiKeys, members: federation?.service.memberKeys, nonces: home.nonces(), authorities: command.authorities,
            now: Home.now)
        let vault = try VaultSetup(home, options, logger: logger)
        locals = try command.locals(hasVault: vault != nil)
        journal = RefusalJournal(store: home.store, now: Home.now)
        meter = try Self.meter(home, passphrase, options, logger: logger)
        let gate = try GateSetup(
            home, passphrase, authority: federation?.authority,
            channels: command.channel.map { try NotificationChannel($0) }, options, logger: logger)
        let desk =
            command.signing.sign
            ? try DeskSetup(
                home, passphrase, isInsecure: command.signing.insecureNoPassphrase, gate: gate?.service, options,
                logger: logger) : nil
        basics = HomeServices(store: home.store, log: home.log, release: Version.text)
        dashboard = DashboardSetup(home, basics, gate: gate?.service, journal: journal, options, logger: logger)
        let proxy = try command.compute.map { text in
            try UsageError.reading("--compute") { try ComputeProxy(PeerAddress(text)) }
        }

        var routes = RouteTable.sessions(authenticator)
        if let federation { routes += RouteTable.federation(federation.service) }
        routes += RouteTable.vigil(home.vigil, home.registry, now: Home.now) + RouteTable.evidence(try home.evidence())
        if let gate { routes += RouteTable.gate(gate.service) }
        if let vault { routes += RouteTable.vault(vault.service) }
        if let desk { routes += RouteTable.desk(desk.service) }
        routes += RouteTable.overview(dashboard.service)
        if let proxy { routes += RouteTable.compute(proxy) }
        self.routes = routes

        services =
            [UsageKeeper(meter, logger: logger), dashboard.hub] + (desk?.services ?? []) + (federation?.services ?? [])
            + (gate?.services ?? []) + (vault.map { [$0.watch] } ?? [])
        self.gate = gate?.service
        (self.home, self.options, self.logger) = (home, options, logger)
    }

    /// - Parameter hasPages: whether the dashboard's pages are among them.
    func table(hasPages: Bool) -> RouteTable {
        let pages = hasPages ? RouteTable.dashboard(dashboard.service) : []
        return .home(basics, metrics: metrics, adding: routes + pages)
    }

    /// Who may enter.
    ///
    /// - Parameter hasBrowsers: whether browsers that signed in are among them.
    func admission(hasBrowsers: Bool) -> Admission {
        Admission(
            authenticator, peers: federation?.service.principal(of:), locals: locals, journal: journal, usage: meter,
            browsers: hasBrowsers ? dashboard.desk : nil)
    }

    /// The interfaces of the seed that the command asks for.
    func seed(of command: Serve) throws -> [APIServer] {
        try SeedSetup(
            home, gate, trustgatePort: command.trustgatePort, vigilPort: command.vigilPort, services: basics,
            admission: admission(hasBrowsers: false), metrics: metrics, options, logger: logger
        ).servers
    }

    /// What was used before is read now, not while the first request of a key with a quota waits.
    private static func meter(
        _ home: Home, _ passphrase: PassphraseSource, _ options: GlobalOptions, logger: Logger
    ) throws -> UsageMeter {
        let meter = UsageMeter(try home.usageJournal(passphrase, options), keys: home.apiKeys, now: Home.now)
        do {
            try meter.flush()
        } catch let error as UsageError {
            logger.error("keys with a quota cannot be served", metadata: ["error": .string("\(error)".asErrorDetail)])
        }
        return meter
    }
}
