internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire
internal import Foundation
internal import Logging
internal import ServiceLifecycle

/// The part of a server that signs for the home's agents.
struct DeskSetup {
    let service: DeskService
    let services: [any Service]

    /// - Parameters:
    ///   - passphrase: opens the keys of the agents, and protects those of new ones.
    ///   - isInsecure: whether keys are used, and made, that nothing protects.
    init(
        _ home: Home, _ passphrase: PassphraseSource, isInsecure: Bool, gate: GateService?, _ options: GlobalOptions,
        logger: Logger
    ) throws {
        let protection = isInsecure ? KeyProtection.unencrypted : try passphrase.protection(options)
        let isGiven = passphrase.isGiven
        let keeper = home.keeper
        let desk = AgentDesk(ledger: home.ledger, keeper: keeper, creating: protection) { name in
            // One that an option names is used in any case, so that a clear key file is not taken for an encrypted one.
            let isNeeded = try isGiven || keeper.custody(of: name) == .passphrase
            return try keeper.open(name, isNeeded ? protection : .unencrypted)
        }
        let outcomes = gate.map { OutcomeKeeper($0, logger: logger) }
        service = DeskService(
            desk, registry: home.registry, store: home.store, owner: getuid(), outcomes: outcomes,
            journal: RefusalJournal(store: home.store, now: Home.now))
        services = outcomes.map { [$0] } ?? []
    }
}

/// Whether a server signs for agents.
struct SigningOptions: ParsableArguments {
    @Flag(
        help: """
            Sign for the home's agents: an agent's key or local user has its own chain stamped, and the user who has the home, \
            on --socket, that of any agent. Takes the passphrase of the agents' keys.
            """)
    var sign = false

    @Flag(help: "With --sign: the agents' keys are unencrypted on disk, those of new ones too.")
    var insecureNoPassphrase = false

    func validate() throws {
        guard sign || !insecureNoPassphrase else { throw ValidationError("--insecure-no-passphrase goes with --sign") }
    }
}
