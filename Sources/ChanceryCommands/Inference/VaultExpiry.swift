internal import ChanceryNode
internal import ServiceLifecycle

/// Erases the keys of a vault that this process opened as soon as its time is over.
struct VaultExpiry: Service {
    private static let interval = Duration.milliseconds(200)

    let vault: Vault

    func run() async throws {
        await cancelWhenGracefulShutdown { [vault] in
            // The keys go either way; what can fail is the record of it.
            while (try? await Task.sleep(for: Self.interval)) != nil { try? vault.endIfOver() }
        }
    }
}
