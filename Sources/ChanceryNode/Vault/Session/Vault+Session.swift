internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Synchronization

extension Vault {
    /// Opens the roots with `backend`, for `seconds` on a clock that nobody sets. Unlocking an unlocked vault checks the secret
    /// and makes its time neither longer nor shorter.
    ///
    /// After wrong secrets it waits, each time longer, before it tries.
    ///
    /// - Throws: `vault.wrong_secret`, on record.
    public func unlock(
        _ backend: any CustodyBackend, seconds: Int64 = UnlockWindow.standardSeconds, by principal: String
    ) throws {
        _ = try Self.unlocked(backend, seconds: seconds, by: principal, guardedBy: attempts) { self }
    }

    /// Opens a vault and its roots in one attempt: the secret of its identity counts like that of its roots.
    ///
    /// - Parameters:
    ///   - waits: whether to wait out the delay after wrong secrets; else it is an error.
    ///   - opening: opens the vault with its identity, or gives one that is open.
    /// - Throws: `vault.wrong_secret`, `vault.unlock_delayed`; on record as soon as the identity is open.
    public static func unlocked(
        _ backend: any CustodyBackend, seconds: Int64 = UnlockWindow.standardSeconds, by principal: String,
        guardedBy attempts: UnlockGuard, waits: Bool = true, opening: () throws -> Vault
    ) throws -> Vault {
        var opened: Vault?
        do {
            let (vault, roots) = try attempts.attempt(waits: waits) {
                // An open vault judges the time first: no secret is tried for one that is out of bounds.
                let vault = try opening()
                opened = vault
                _ = try UnlockWindow(seconds: seconds, at: vault.monotonic())
                let roots = try vault.openRoots(backend)
                // What a crash left of deletions is finished before anything else is done.
                try vault.eraseGone()
                return (vault, roots)
            }
            try vault.noteAttempts(attempts.unrecorded(), of: attempts, by: principal)
            try vault.hold(
                roots, backend.capabilities, UnlockWindow(seconds: seconds, at: vault.monotonic()), by: principal)
            return vault
        } catch let error as VaultError {
            guard let opened else { throw error }
            // Its own refusal is the record of this attempt.
            if error.reason == .wrongSecret { try attempts.note(recorded: 1) }
            try opened.refuse("unlock", error, by: principal)
        }
    }

    /// Puts on record how often a wrong secret was given while nothing could be signed.
    private func noteAttempts(_ count: Int, of attempts: UnlockGuard, by principal: String) throws {
        guard count > 0 else { return }
        let refusal = VaultEvent.Refusal(
            of: "unlock", [VaultError.Reason.wrongSecret.rawValue],
            detail: "a wrong secret was given \(count) times before, when the vault could not sign", principal: principal)
        try journal.write { _, _ in ([.refusal(refusal)], ()) }
        try attempts.note(recorded: count)
    }

    private func hold(
        _ roots: [VaultKeyID: DecapsulationKey], _ backend: CustodyCapabilities, _ window: UnlockWindow, by principal: String
    ) throws {
        // What was locked meanwhile, or is over, is no session that goes on.
        try endIfStale()
        let locks = try journal.read { $0.locks }
        let (mark, isNew) = session.withLock { held in
            // The roots may have been replaced by another process since; one that locked meanwhile ended what was open.
            let known = held.flatMap { $0.locks == locks ? $0 : nil }
            let mark = known?.mark ?? Session.Mark()
            held = Session(
                mark: mark, roots: roots, backend: backend, window: known?.window ?? window, locks: locks)
            return (mark, known == nil)
        }
        endOpeningsOfOthers()
        guard isNew else { return }
        do {
            try journal.write { _, _ in ([.session(.init(.unlocked, backend: backend.name, by: principal))], ()) }
        } catch {
            // Nothing is open of which the chain does not say so.
            session.withLock { held in
                if held?.mark === mark { held = nil }
            }
            endOpeningsOfOthers()
            throw error
        }
    }

    private func openRoots(_ backend: any CustodyBackend) throws -> [VaultKeyID: DecapsulationKey] {
        let living = try journal.read { state in
            state.keys.roots.compactMap { state.keys[$0] }.filter { $0.state != .destroyed }.map(\.statement)
        }
        var roots: [VaultKeyID: DecapsulationKey] = [:]
        for statement in living {
            guard let bytes = try files.read(.root(statement.id)) else {
                throw VaultError(.custodyUnavailable, "the file of the root `\(statement.id)` is missing")
            }
            let key = try DecapsulationKey(
                .mlKEM1024, seed: backend.unseal(SealedSecret(bytes), label: Self.rootLabel))
            guard key.publicKey == statement.publicKey else {
                throw VaultError(.wrongSecret, "what was unsealed is not the root `\(statement.id)`")
            }
            roots[statement.id] = key
        }
        guard !roots.isEmpty else { throw VaultError(.custodyUnavailable, "the vault has no root") }
        return roots
    }

    /// Forgets the roots, and ends the sessions of all other processes on this vault: each notices before it gives out more.
    public func lock(by principal: String) throws { try forget(.locked, by: principal) }

    /// Forgets the roots at the end of this process; others keep theirs.
    public func close() throws { try forget(.ended) }

    private func forget(_ change: VaultEvent.Session.Change, by principal: String? = nil) throws {
        let backend = session.withLock { held in
            let backend = held?.backend.name
            held = nil
            return backend
        }
        endOpeningsOfOthers()
        // A lock holds for every process, also when this one has nothing to forget.
        guard backend != nil || change == .locked else { return }
        try journal.write { _, _ in ([.session(.init(change, backend: backend, by: principal))], ()) }
    }

    /// Forgets the roots when their time is over, another process locked the vault, or replaced its root.
    public func endIfStale() throws {
        guard session.withLock({ $0 != nil }) else { return }
        do { _ = try requireSession() } catch let error as VaultError where error.reason == .locked {}
    }

    /// The open session.
    ///
    /// - Throws: `vault.locked`.
    func requireSession() throws -> Session {
        try endIfOver()
        guard let open = session.withLock({ $0 }) else { throw VaultError(.locked, "the vault is locked") }
        let (locks, root) = try journal.read { ($0.locks, $0.keys.root) }
        guard locks == open.locks, root.map({ open.roots[$0] != nil }) ?? false else {
            // What another process decided holds here too; the old roots must not stay in memory.
            session.withLock { held in
                if held?.mark === open.mark { held = nil }
            }
            endOpeningsOfOthers()
            guard locks == open.locks else { throw VaultError(.locked, "the vault was locked by another process") }
            try journal.write { _, _ in ([.session(.init(.expired, backend: open.backend.name))], ()) }
            throw VaultError(.locked, "the root was replaced by another process; unlock the vault again")
        }
        return open
    }

    /// Forgets the roots when their time is over, on record. Whoever holds a vault open for long calls it often: nothing is
    /// opened after that time anyway, but only this erases the keys.
    public func endIfOver() throws {
        let expired = session.withLock { held -> CustodyLabel? in
            guard let current = held, !current.window.isOpen(at: monotonic()) else { return nil }
            held = nil
            return current.backend.name
        }
        guard let expired else { return }
        endOpeningsOfOthers()
        try journal.write { _, _ in ([.session(.init(.expired, backend: expired))], ()) }
    }

    /// What a person sees of the vault.
    public struct Status: Sendable {
        public let vault: VaultID
        public let isUnlocked: Bool
        /// Seconds until it locks itself.
        public let remaining: Int64
        public let custody: CustodyCapabilities?
        public let versions: Int
        public let keys: Int
        public let hasPolicy: Bool
    }

    public func status() throws -> Status {
        // What other processes decided counts: a vault that was locked elsewhere is not shown as unlocked.
        let open: Session?
        do { open = try requireSession() } catch let error as VaultError where error.reason == .locked { open = nil }
        return try journal.read { state in
            Status(
                vault: id, isUnlocked: open != nil, remaining: (open?.window.remaining(at: monotonic()) ?? 0) / 1000,
                custody: open?.backend, versions: state.live.count, keys: state.keys.count, hasPolicy: state.policy != nil)
        }
    }
}
