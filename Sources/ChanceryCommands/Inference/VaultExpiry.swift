internal import ChanceryNode
internal import ChanceryVault
internal import ServiceLifecycle

/// Erases the keys of a vault that this process opened as soon as its time is over, and ends the process then: it can answer
/// nothing more.
struct VaultExpiry: Service {
    private static let interval = Duration.milliseconds(200)

    let vault: Vault
    /// Whose counts of refusals go on record.
    let desk: InferenceDesk

    func run() async throws {
        try await cancelWhenGracefulShutdown { [vault, desk] in
            while (try? await Task.sleep(for: Self.interval)) != nil {
                // The keys go either way; what can fail is the record of it.
                try? await vault.keepWatch()
                try? desk.keepWatch()
                guard try vault.status().isUnlocked else {
                    throw VaultError(.locked, "the vault was locked, its root replaced, or its time is over: start again")
                }
            }
        }
    }
}
