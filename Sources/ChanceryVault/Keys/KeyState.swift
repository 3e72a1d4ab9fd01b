/// Where a key is in its life (NIST SP 800-57 part 1, §7).
public enum KeyState: String, Sendable, CaseIterable {
    /// Made, and not in use yet.
    case preActive = "pre-active"
    /// Protects and processes.
    case active
    /// Replaced: opens what was wrapped or sealed before.
    case decryptOnly = "decrypt-only"
    /// Replaced: its signatures still count for the overlap.
    case verifyOnly = "verify-only"
    /// Kept, and does nothing.
    case retired
    /// The private half is gone.
    case destroyed
    /// Somebody else may have the private half.
    case compromised

    /// The state of a replaced key.
    public static func replaced(_ algorithm: VaultKeyAlgorithm) -> KeyState {
        algorithm == .mlDSA65 ? .verifyOnly : .decryptOnly
    }

    /// Whether a key of `algorithm` may go from here to `next`. No way leads back, and nothing follows destruction.
    public func mayBecome(_ next: KeyState, for algorithm: VaultKeyAlgorithm) -> Bool {
        let replaced = Self.replaced(algorithm)
        return switch self {
        case .preActive: [.active, .destroyed, .compromised].contains(next)
        case .active: [replaced, .retired, .compromised].contains(next)
        case .decryptOnly, .verifyOnly: self == replaced && [.retired, .destroyed, .compromised].contains(next)
        case .retired: [.destroyed, .compromised].contains(next)
        case .compromised: next == .destroyed
        case .destroyed: false
        }
    }
}
