internal import ChancerySuite
public import ChanceryVault
internal import Synchronization

extension Vault {
    /// Asks whether a person is there for what `caller` is about to open (rule V8). Whoever may answer signs the question with
    /// a key of their own; the answer goes to ``open(_:by:right:presence:)`` within 60 seconds, once, at this process.
    ///
    /// - Throws: `vault.presence_busy`.
    public func askPresence(
        for caller: AuthenticatedCaller, _ entry: CatalogueEntry, right: AccessRight
    ) throws -> PresenceChallenge {
        try recordingRefusal(of: "presence", by: caller.principal) {
            try presence.withLock { desk in
                try desk.ask(
                    caller, artifact: entry.artifact, manifest: entry.manifest, right: right, vault: id,
                    nonce: SystemRandom.bytes(32), now: now(), monotonic: monotonic())
            }
        }
    }
}
