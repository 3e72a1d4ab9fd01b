internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation
internal import Logging

struct VaultAgent: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Hold the vault open for other commands until SIGTERM.",
        discussion: """
            It answers on HOME/vault/agent.sock to the user who has the home, and to nobody else; whoever runs as this user \
            may read for any agent of the home. Its keys are erased when the time is over, at `vault lock` and at its end; \
            then it stays, and `vault unlock` opens it again.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var time: UnlockTime
    @Flag(help: "Begin locked, without a passphrase.") var locked = false

    var access: Home.Access { .writing("vault agent") }

    func run(in home: Home) throws {
        let claim = try AgentClaim(home)
        let host = try home.vaultHost(options)
        // Whatever ends it: nothing stays in memory.
        defer { try? host.close() }
        if !locked {
            try host.unlock(
                passphrase.text(options).secret(), seconds: time.ttl, by: VaultCaller.local, waits: true)
        }
        var logger = Logger(label: "chancery") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = options.quiet ? .error : .notice
        let (path, options) = (home.agentSocket, options)
        let service = VaultService(host, registry: home.registry, owner: getuid(), now: Home.now)
        let server = APIServer(
            RouteTable.vaultAgent(service, HomeServices(store: home.store, log: home.log, release: Version.text)),
            at: .socket(path: path, isPrivate: true),
            admission: Admission(
                locals: LocalAgents(owner: getuid()), journal: RefusalJournal(store: home.store, now: Home.now)),
            metrics: ServerMetrics(), logger: logger
        ) { _ in
            try? options.show(["socket": .string(path)]) { "the vault answers at \(path)" }
        }
        let watch = VaultWatch(host: host, logger: logger)
        defer { withExtendedLifetime(claim) { _ = unsafe unlink(path) } }
        try Daemon.run { try await server.runUntilSignal(with: [watch]) }
    }
}

struct VaultUnlock: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock", abstract: "Unlock the vault of a running `vault agent`, or of `serve`, for a time.",
        discussion: "An unlocked vault stays so for as long as it was: the time becomes neither longer nor shorter.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var time: UnlockTime
    @OptionGroup var place: AgentPlace

    func run(in home: Home) throws {
        let agent = try place.agent(of: home, options)
        try VaultView.show(standing: agent.unlock(passphrase.text(options), seconds: time.ttl), options)
    }
}

struct VaultLock: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Lock the vault for every process that holds it; whoever reads stops.",
        discussion: """
            A running `vault agent`, or `serve --socket`, does it without a passphrase while it has the vault open. Where none \
            does, the command opens the vault's identity itself and needs its passphrase, or none where nothing keeps the \
            identity. Others, such as `infer serve`, notice within 200 ms.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var place: AgentPlace

    var access: Home.Access { .writing("vault lock") }

    func run(in home: Home) throws {
        if try !isLockedElsewhere(home) { try home.vault(passphrase, options).lock(by: VaultCaller.local) }
        try options.show(["state": "locked"]) { "the vault is locked" }
    }

    /// Whether a process that holds the vault locked it. One that is closed cannot: it signs nothing.
    private func isLockedElsewhere(_ home: Home) throws -> Bool {
        guard let agent = place.agentIfAny(of: home, options) else { return false }
        do {
            try agent.lock()
            return true
        } catch let refusal as AgentRefusal where refusal.code == VaultError.Reason.locked.rawValue {
            return false
        }
    }
}

/// How long a vault stays unlocked.
struct UnlockTime: ParsableArguments {
    @Option(help: ArgumentHelp("For how long, 1…604800 seconds.", valueName: "seconds")) var ttl = UnlockWindow.standardSeconds

    func validate() throws {
        guard (1...UnlockWindow.longestSeconds).contains(ttl) else {
            throw ValidationError("--ttl lies in 1…\(UnlockWindow.longestSeconds) seconds")
        }
    }
}

/// Which process holds the vault.
struct AgentPlace: ParsableArguments {
    @Option(help: ArgumentHelp("The socket of `serve --socket`; that of `vault agent` without it.", valueName: "path"))
    var socket: String?

    /// Nil when nobody answers there.
    func agentIfAny(of home: Home, _ options: GlobalOptions) -> VaultAgentClient? {
        VaultAgentClient(answeringAt: socket ?? home.agentSocket, options)
    }

    func agent(of home: Home, _ options: GlobalOptions) throws -> VaultAgentClient {
        guard let agent = agentIfAny(of: home, options) else {
            throw NodeError(.notFound, "nobody answers at `\(socket ?? home.agentSocket)`; `chancery vault agent` does")
        }
        return agent
    }
}
