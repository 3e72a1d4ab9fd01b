internal import ArgumentParser
internal import ChanceryCustodian
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryOracle
internal import ChanceryServer
internal import ChanceryStorage
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle
internal import Synchronization

struct CustodianServe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Take part in running programs until SIGTERM.",
        discussion: """
            Other custodians and the coordinator connect by mutual TLS with X25519MLKEM768 and ML-DSA-65, with certificates for \
            this committee only. --fresh-keys begins a new epoch: after a loss of state, and only when all custodians do so. \
            Secrets and activations begin anew with it.

            With --federation programs are activated by its decisions alone, and its freezes stop this custodian: at once, by \
            their certificates, also before any block orders them.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: ArgumentHelp("The list of custodians.", valueName: "file")) var roster: String
    @Option(help: ArgumentHelp("The TLS folder: node.pem, authority.pem, node.key.", valueName: "dir")) var tls: String
    @Option(help: "Evaluations' material to keep ready for each program, 1…65536.") var material = 256
    @Option(help: ArgumentHelp("The federation whose decisions bind this custodian.", valueName: "id")) var federation: String?
    @Option(help: "Where this custodian works: freezes that reach there stop it.") var scope = "*"
    @Option(help: "How old the members' word on the latest decision may be when it is shown, in seconds, 1…86400.")
    var beatAge: Int64 = 600
    @Option(help: "For how long programs run on it, in seconds, 120…2678400.") var lease: Int64 = 86_400
    @Flag(help: "Begin a new epoch with fresh keys.") var freshKeys = false

    func validate() throws {
        guard (1...65_536).contains(material) else { throw ValidationError("--material lies in 1…65536") }
        guard (1...86_400).contains(beatAge), (120...2_678_400).contains(lease) else {
            throw ValidationError("--beat-age lies in 1…86400, --lease in 120…2678400")
        }
    }

    func run() throws {
        let home = try CustodianHome(options)
        let roster = try CustodianRoster(decoding: UserFile.read(self.roster, limit: CustodianRoster.maximumBytes))
        let did = try home.did()
        guard let number = roster.number(of: did), let text = roster.addresses[did] else {
            throw UsageError("`\(did.text)` is no custodian of the roster")
        }
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let protection = try passphrase.opening(home.custody(), options)
        let credentials = CredentialFolder(tls)
        let renewal = try CredentialRenewal(
            credentials, passphrase.opening(credentials.custody(), options), now: Home.now, logger: logger)
        var settings = CustodianSettings()
        settings.material = material
        settings.federation = try federation.map { text in
            try UsageError.reading("--federation or --scope") {
                try FederationTerms(FederationID(text), scope: Scope(scope), beatAge: beatAge, lease: lease)
            }
        }
        let slot = CustodianSlot()
        // Of two custodians the one with the greater number connects.
        let peers = try roster.set.custodians.prefix(number - 1).reduce(into: [DID: PeerAddress]()) { peers, other in
            peers[other.did] = try PeerAddress(roster.addresses[other.did] ?? "")
        }
        let options = options
        let network = FramedNetwork(
            at: try UsageError.reading("the roster") { try PeerAddress(text) }, connectingTo: peers,
            accepting: Set(roster.set.custodians.map(\.did)).union([roster.coordinator]).subtracting([did]),
            federation: roster.set.digest, tls: renewal.tls,
            handlers: .init(received: { bytes, sender in await slot.node?.receive(bytes, from: sender) })
        ) { port in
            try? options.show(["custodian": .string(did.text), "port": .integer(Int64(port))]) {
                "custodian \(number) listening on port \(port)"
            }
        }
        let node = try CustodianNode(
            roster, as: did, key: home.processKey(protection), settings: settings,
            store: CustodianFolder(home: home.path, state: home.statePath, protection: protection),
            clients: ClientFile(home: home.path), network: network, now: Home.now)
        slot.set(node)
        let fresh = freshKeys
        try Daemon.run { [logger] in
            if fresh { try await node.renewKeys() }
            try await ServiceRunner.runUntilSignal([renewal, network, CustodianTicker(node: node)], logger: logger)
        }
    }
}

/// The node of a network that is made before it.
final class CustodianSlot: Sendable {
    private let held = Mutex<CustodianNode?>(nil)
    var node: CustodianNode? { held.withLock { $0 } }
    func set(_ node: CustodianNode) { held.withLock { $0 = node } }
}

/// Lets time pass for a custodian.
struct CustodianTicker: Service {
    private static let interval = Duration.milliseconds(25)
    let node: CustodianNode

    func run() async throws {
        let failure = await cancelWhenGracefulShutdown { () -> CustodianError? in
            while (try? await Task.sleep(for: Self.interval)) != nil {
                await node.tick()
                if let failure = await node.failure {
                    // Whoever asked meanwhile still hears why.
                    try? await Task.sleep(for: .seconds(1))
                    return failure
                }
            }
            return nil
        }
        if let failure { throw failure }
    }
}
