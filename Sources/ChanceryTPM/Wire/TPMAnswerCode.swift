internal import ChanceryVault

/// What a TPM answered besides success (TPM 2.0 library, part 2, §6.6). Numbers of the parameter, session or handle that it
/// blames are dropped.
struct TPMAnswerCode: Hashable {
    let code: UInt32

    init(_ raw: UInt32) { code = raw >> 12 == 0 && raw & 0x80 != 0 ? raw & 0xbf : raw }

    static let value = Self(0x84)
    static let authFail = Self(0x8e)
    static let policyFail = Self(0x9d)
    static let integrity = Self(0x9f)
    static let badAuth = Self(0xa2)
    static let pcrChanged = Self(0x128)
    static let initialize = Self(0x100)
    static let objectMemory = Self(0x902)
    static let sessionMemory = Self(0x903)
    static let memory = Self(0x904)
    static let sessionHandles = Self(0x905)
    static let objectHandles = Self(0x906)
    static let yielded = Self(0x908)
    static let testing = Self(0x90a)
    static let lockout = Self(0x921)
    static let retry = Self(0x922)

    /// The same bytes may be sent again.
    var asksForRetry: Bool { [.yielded, .testing, .retry].contains(self) }

    /// The error of a command that has no reading of its own for this code.
    func error(_ command: TPMCommand) -> VaultError {
        let named = "the TPM answered \(command) with 0x\(String(code, radix: 16))"
        return switch self {
        case .lockout:
            VaultError(
                .custodyLockedOut, "the TPM refuses every attempt for now: there were too many wrong ones; wait, or reset it")
        case .initialize: VaultError(.custodyUnavailable, "the TPM was not started")
        case .yielded, .testing, .retry: VaultError(.custodyUnavailable, "the TPM is busy")
        case .objectMemory, .sessionMemory, .memory, .sessionHandles, .objectHandles:
            VaultError(.custodyUnavailable, "the TPM has no room: others hold its slots")
        default: VaultError(.custodyFailed, named)
        }
    }
}
