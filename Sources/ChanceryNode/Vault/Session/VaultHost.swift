public import ChancerySuite
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// A vault that a process holds for others, longer than one command: closed until somebody gives the secret, unlocked for a
/// time, then locked again.
///
/// Closed means that not even the vault's identity is open, so it neither shows nor signs anything. Locked means that its
/// records are there and nothing that is sealed opens. Locking erases the roots; the identity stays open, so that refusals
/// are records of the vault.
public final class VaultHost: Sendable {
    /// How a secret opens what.
    public struct Doors: Sendable {
        let identity: @Sendable (borrowing SecretBytes) throws -> Vault
        let custody: @Sendable (borrowing SecretBytes) throws -> any CustodyBackend

        /// - Parameters:
        ///   - identity: opens the vault, locked.
        ///   - custody: the place that keeps its root.
        public init(
            identity: @escaping @Sendable (borrowing SecretBytes) throws -> Vault,
            custody: @escaping @Sendable (borrowing SecretBytes) throws -> any CustodyBackend
        ) {
            self.identity = identity
            self.custody = custody
        }
    }

    private let doors: Doors
    private let attempts: UnlockGuard
    private let store: any RecordStore
    private let now: @Sendable () -> UTCTime
    private let held: Mutex<Vault?>
    private let refusals = RefusalBook(apart: RefusalTally.grave)

    /// - Parameters:
    ///   - vault: one whose identity is open already; nil for a closed one.
    ///   - store: keeps refusals while the vault is closed.
    public init(
        _ doors: Doors, opened vault: Vault? = nil, guardedBy attempts: UnlockGuard, store: any RecordStore,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.doors = doors
        self.attempts = attempts
        self.store = store
        self.now = now
        held = Mutex(vault)
    }

    /// The vault, whether it is unlocked or not.
    ///
    /// - Throws: `vault.locked` while it is closed.
    public func vault() throws -> Vault {
        guard let vault = held.withLock({ $0 }) else {
            throw VaultError(.locked, "the vault is closed: nobody has unlocked it since this process began")
        }
        return vault
    }

    /// Opens the vault for `seconds`; one that is open stays so for as long as it was.
    ///
    /// - Parameter waits: whether to wait out the delay after wrong secrets.
    /// - Throws: `vault.wrong_secret`, `vault.unlock_delayed`.
    public func unlock(
        _ secret: borrowing SecretBytes, seconds: Int64 = UnlockWindow.standardSeconds, by principal: String,
        waits: Bool = false
    ) throws {
        // A time out of bounds is no attempt.
        _ = try UnlockWindow(seconds: seconds, at: 0)
        let backend = try doors.custody(secret)
        _ = try Vault.unlocked(backend, seconds: seconds, by: principal, guardedBy: attempts, waits: waits) {
            try held.withLock { held in
                if let held { return held }
                let vault = try doors.identity(secret)
                held = vault
                return vault
            }
        }
    }

    /// Erases the roots, of all processes that hold this vault.
    ///
    /// - Throws: `vault.locked` while it is closed: others cannot be told then.
    public func lock(by principal: String) throws { try vault().lock(by: principal) }

    /// Erases the roots at the end of this process; others that hold the vault keep theirs.
    public func close() throws {
        defer { try? refusals.settle(record) }
        try held.withLock { $0 }?.close()
    }

    /// Erases the roots when their time is over, or another process locked the vault or replaced its root, and ends every permit
    /// that does not hold any more. To be called every 200 ms.
    public func keepWatch() async throws {
        // The keys go first, and whether refusals can be written down or not.
        defer { try? refusals.settle(at: now(), record) }
        try await held.withLock { $0 }?.keepWatch()
    }

    /// Puts on record that a caller was refused before the vault was asked, and throws it: by the vault when it is open, else
    /// by the store. What one caller may write in an hour is bounded; the rest is counted on record, and what is graver apart from
    /// it (``RefusalTally``).
    ///
    /// - Parameter agent: for whom the caller asks, when that is an agent of the home: each is counted for itself.
    public func refuse(_ what: String, _ error: any Error, by principal: String, for agent: String? = nil) throws -> Never {
        let refusal = Vault.refusal(what, error, by: principal, artifact: nil)
        do {
            try refusals.note(refusal, for: agent, at: now(), record)
        } catch let failure {
            // Of a closed vault the refusal itself matters more than that it could be written down.
            if (try? vault()) != nil { throw failure }
        }
        throw error
    }

    private func record(_ notes: [RefusalTally.Note]) throws {
        if let vault = try? vault() { return try vault.putOnRecord(notes.map(\.refusal)) }
        let time = now()
        let records = try notes.map { note in
            let refusal = note.refusal
            // Nobody signs these: who asked, and for whom, is said in words.
            let whose = note.agent.map { " for `\($0)`" } ?? ""
            let error = VaultError(
                .init(rawValue: refusal.codes.first ?? "node.rejected"),
                "`\(refusal.principal)`\(whose): \(refusal.detail)")
            return try StoreStatement.refusal(of: "vault \(refusal.operation)", error, at: time).record()
        }
        _ = try store.append(records, moving: [])
    }
}
