internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// The gate's part of a server.
struct GateSetup {
    let service: GateService
    let services: [any Service]

    /// Nil in a home that has no gate.
    init?(
        _ home: Home, _ passphrase: PassphraseSource, authority: (any AuthoritySource)?, channels: [NotificationChannel],
        _ options: GlobalOptions, logger: Logger
    ) throws {
        guard try home.keeper.names().contains(Home.gateName) else { return nil }
        let gate = try home.gate(passphrase, options, authority: authority)
        service = GateService(gate, approvers: home.approvers, now: Home.now)
        let lapses = LapseKeeper(gate: gate, logger: logger)
        guard !channels.isEmpty else {
            services = [lapses]
            return
        }
        let notifier = QuestionNotifier(
            gate: gate, channels: channels, key: try home.webhookKey(), source: gate.did.text, logger: logger)
        services = [lapses, notifier]
    }
}

/// Writes down every second which questions nobody answered in time.
struct LapseKeeper: Service {
    private static let interval = Duration.seconds(1)

    let gate: ActionGate
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do {
                    try gate.noteLapses()
                } catch {
                    logger.warning("lapses cannot be written", metadata: ["error": .string("\(error)".asErrorDetail)])
                }
            }
        }
    }
}
