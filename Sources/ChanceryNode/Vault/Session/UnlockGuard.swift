internal import ChanceryLedger
public import ChanceryVault
internal import ChanceryWire
internal import Foundation
internal import Synchronization

/// Makes whoever guesses the secret of a vault wait, each time longer: for the passphrase of its identity and for what keeps
/// its root alike, in all processes together and across restarts.
public final class UnlockGuard: Sendable {
    private let files: any VaultFiles
    private let monotonic: @Sendable () -> Int64
    private let boot: [UInt8]

    /// What the file says, with the moment at which a wait began that the file does not have.
    private struct Known: Sendable {
        /// Nil when there is none.
        var file: [UInt8]?
        var throttle: UnlockThrottle
    }

    private let known: Mutex<Known>

    /// - Parameters:
    ///   - monotonic: milliseconds that never go back while the machine runs.
    ///   - boot: 16 bytes that are others each time the machine starts. Without them each process waits a whole delay anew.
    public init(files: any VaultFiles, monotonic: @escaping @Sendable () -> Int64, boot: [UInt8] = []) {
        self.files = files
        self.monotonic = monotonic
        self.boot = boot
        known = Mutex(Known(throttle: UnlockThrottle(boot: boot)))
    }

    /// Runs `body`, which tries a secret, when the delay after wrong ones is over. It counts as wrong until it is known to be
    /// right, so that a process which is killed while it tries gains nothing.
    ///
    /// - Parameters:
    ///   - waits: whether to wait out the delay, up to fifteen minutes; else it is an error.
    ///   - isWhole: whether success shows that the whole vault opens, which ends the delays; else it changes nothing.
    /// - Throws: `vault.wrong_secret`; `vault.unlock_delayed` with the seconds that are left; what else `body` throws, which says
    ///   nothing about the secret and does not count.
    public func attempt<Value>(waits: Bool = true, isWhole: Bool = true, _ body: () throws -> Value) throws -> Value {
        while true {
            let before = try current()
            var throttle = before.throttle
            if case .wait(let milliseconds) = throttle.begin(at: monotonic()) {
                known.withLock { [throttle] known in
                    if known.file == before.file { known.throttle = throttle }
                }
                guard waits else {
                    let seconds = (max(1, milliseconds) + 999) / 1000
                    throw VaultError(.unlockDelayed, "after a wrong secret the next is tried in \(seconds) s")
                }
                usleep(UInt32(clamping: max(1, milliseconds) * 1000))
                continue
            }
            let value = try files.exclusively { () -> Value? in
                // Others may have tried meanwhile.
                guard try files.read(.throttle) == before.file else { return nil }
                try keep(throttle)
                do {
                    let value = try body()
                    if isWhole { throttle.succeed() } else { throttle.withdraw() }
                    try keep(throttle)
                    return value
                } catch {
                    guard let wrong = Self.wrong(error) else {
                        throttle.withdraw()
                        try keep(throttle)
                        throw error
                    }
                    throw wrong
                }
            }
            if let value { return value }
        }
    }

    /// Wrong attempts of which there is no record yet.
    func unrecorded() throws -> Int { try current().throttle.unrecorded }

    /// `count` wrong attempts are on record now.
    func note(recorded count: Int) throws {
        guard count > 0 else { return }
        try files.exclusively {
            var throttle = try current().throttle
            throttle.note(recorded: count)
            try keep(throttle)
        }
    }

    /// What an error of an attempt says about the secret; nil for nothing.
    private static func wrong(_ error: any Error) -> VaultError? {
        switch error {
        case let error as VaultError where error.reason == .wrongSecret: error
        case let error as LedgerError where error.code == LedgerError.Reason.wrongPassphrase.rawValue:
            VaultError(.wrongSecret, "the passphrase does not open the vault's identity, or its file was changed")
        default: nil
        }
    }

    private func current() throws -> Known {
        let file = try files.read(.throttle)
        return known.withLock { known in
            if known.file != file { known = Known(file: file, throttle: throttle(of: file)) }
            return known
        }
    }

    /// A damaged count is the worst one.
    private func throttle(of file: [UInt8]?) -> UnlockThrottle {
        guard let file else { return UnlockThrottle(boot: boot) }
        return (try? UnlockThrottle(file, boot: boot)) ?? .worst(boot: boot)
    }

    private func keep(_ throttle: UnlockThrottle) throws {
        try files.write(throttle.bytes, as: .throttle, replacing: true)
        known.withLock { $0 = Known(file: throttle.bytes, throttle: throttle) }
    }
}

extension VaultError.Reason {
    /// Too soon after a wrong secret; nothing was tried.
    public static let unlockDelayed = Self(rawValue: "vault.unlock_delayed")
}
