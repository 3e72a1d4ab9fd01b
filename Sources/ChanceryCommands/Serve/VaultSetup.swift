internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire
internal import Foundation
internal import Logging
internal import ServiceLifecycle

/// The vault's part of a server. It is locked until its owner unlocks it over the server's Unix socket.
struct VaultSetup {
    let service: VaultService
    let watch: VaultWatch

    /// Nil in a home that has no vault.
    init?(_ home: Home, _ options: GlobalOptions, logger: Logger) throws {
        guard try home.keeper.names().contains(Home.vaultName) else { return nil }
        let host = try home.vaultHost(options)
        service = VaultService(host, registry: home.registry, owner: getuid(), now: Home.now)
        watch = VaultWatch(host: host, logger: logger)
    }
}

/// Erases the keys of a vault as soon as its time is over, and when the process ends; and what opens a version as soon as its
/// permit does not hold.
struct VaultWatch: Service {
    private static let interval = Duration.milliseconds(200)

    let host: VaultHost
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { await note { try await host.keepWatch() } }
        }
        await note { try host.close() }
    }

    /// The keys are gone either way; what fails is the record of it.
    private func note(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning("the vault's state cannot be written", metadata: ["error": .string("\(error)".asErrorDetail)])
        }
    }
}
