internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Foundation
internal import Synchronization

extension Vault {
    /// Opens the roots with `backend`, for `seconds` on a clock that nobody sets. Unlocking an unlocked vault checks the secret
    /// and changes nothing else.
    ///
    /// After wrong secrets it waits, each time longer, before it tries.
    ///
    /// - Throws: `vault.wrong_secret`, on record.
    public func unlock(
        _ backend: any CustodyBackend, seconds: Int64 = UnlockWindow.standardSeconds, by principal: String
    ) throws {
        let window = try UnlockWindow(seconds: seconds, at: monotonic())
        let roots: [VaultKeyID: DecapsulationKey]
        do {
            roots = try openAfterDelay(backend)
        } catch let error as VaultError {
            try refuse("unlock", error, by: principal)
        }
        let isNew = session.withLock { held in
            guard !(held?.window.isOpen(at: monotonic()) ?? false) else { return false }
            held = Session(roots: roots, backend: backend.capabilities, window: window)
            return true
        }
        guard isNew else { return }
        try journal.write { _, _ in ([.session(.init(.unlocked, backend: backend.capabilities.name))], ()) }
    }

    /// Waits out the delay after wrong secrets, up to fifteen minutes, and tries. A damaged count is the worst one.
    private func openAfterDelay(_ backend: any CustodyBackend) throws -> [VaultKeyID: DecapsulationKey] {
        while true {
            let before = try storedThrottle()
            var throttle = before
            while case .wait(let milliseconds) = throttle.begin(at: monotonic()) {
                usleep(UInt32(clamping: max(1, milliseconds) * 1000))
            }
            let roots = try files.exclusively { () -> [VaultKeyID: DecapsulationKey]? in
                // Others may have tried meanwhile.
                guard try storedThrottle() == before else { return nil }
                // An attempt that is killed counts as a wrong one.
                try files.write(throttle.bytes, as: .throttle, replacing: true)
                do {
                    let roots = try openRoots(backend)
                    throttle.succeed()
                    try files.write(throttle.bytes, as: .throttle, replacing: true)
                    // What a crash left of deletions is finished before anything else is done.
                    try eraseGone()
                    return roots
                } catch let error as VaultError where error.reason == .custodyUnavailable {
                    throttle.withdraw()
                    try files.write(throttle.bytes, as: .throttle, replacing: true)
                    throw error
                }
            }
            if let roots { return roots }
        }
    }

    private func storedThrottle() throws -> UnlockThrottle {
        guard let bytes = try files.read(.throttle) else { return UnlockThrottle() }
        return (try? UnlockThrottle(bytes)) ?? .worst
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

    /// Forgets the roots.
    public func lock() throws {
        let backend = session.withLock { held in
            let backend = held?.backend.name
            held = nil
            return backend
        }
        guard let backend else { return }
        try journal.write { _, _ in ([.session(.init(.locked, backend: backend))], ()) }
    }

    /// The open session.
    ///
    /// - Throws: `vault.locked`. A session whose time is over is forgotten, on record.
    func requireSession() throws -> Session {
        let (open, expired) = session.withLock { held -> (Session?, CustodyLabel?) in
            guard let current = held else { return (nil, nil) }
            guard current.window.isOpen(at: monotonic()) else {
                held = nil
                return (nil, current.backend.name)
            }
            return (current, nil)
        }
        if let expired { try journal.write { _, _ in ([.session(.init(.expired, backend: expired))], ()) } }
        guard let open else { throw VaultError(.locked, "the vault is locked") }
        return open
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
        let open = session.withLock { $0 }.flatMap { $0.window.isOpen(at: monotonic()) ? $0 : nil }
        return try journal.read { state in
            Status(
                vault: id, isUnlocked: open != nil, remaining: (open?.window.remaining(at: monotonic()) ?? 0) / 1000,
                custody: open?.backend, versions: state.live.count, keys: state.keys.count, hasPolicy: state.policy != nil)
        }
    }
}
