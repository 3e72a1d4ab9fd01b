package import ChanceryVault

/// What a function of PKCS #11 returns (version 2.40, base specification, §5.1).
package struct CryptokiCode: Hashable {
    let code: UInt

    package init(_ code: UInt) { self.code = code }

    static let ok = Self(0)
    static let slotInvalid = Self(0x3)
    static let attributeSensitive = Self(0x11)
    static let deviceRemoved = Self(0x32)
    static let pinIncorrect = Self(0xa0)
    static let pinInvalid = Self(0xa1)
    static let pinLength = Self(0xa2)
    static let pinExpired = Self(0xa3)
    static let pinLocked = Self(0xa4)
    static let tokenAbsent = Self(0xe0)
    static let tokenUnknown = Self(0xe1)
    static let alreadyLoggedIn = Self(0x100)
    static let noPIN = Self(0x102)
    static let alreadyInitialised = Self(0x191)

    /// The error of a call that has no reading of its own for this code.
    package func error(_ call: String) -> VaultError {
        switch self {
        case .pinIncorrect, .pinInvalid, .pinLength: VaultError(.wrongSecret, "the token refuses the PIN")
        case .pinLocked: VaultError(.custodyLockedOut, "the token's PIN is locked; its security officer can set it anew")
        case .pinExpired, .noPIN: VaultError(.custodyUnavailable, "the token's PIN has expired or was never set")
        case .slotInvalid, .deviceRemoved, .tokenAbsent, .tokenUnknown:
            VaultError(.custodyUnavailable, "the token is not there")
        default: VaultError(.custodyFailed, "\(call) failed with 0x\(String(code, radix: 16))")
        }
    }
}
