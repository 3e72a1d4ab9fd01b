/// The commands that are used (TPM 2.0 library, part 2, §6.5.2).
enum TPMCommand: UInt32 {
    case createPrimary = 0x131
    case create = 0x153
    case load = 0x157
    case unseal = 0x15e
    case flushContext = 0x165
    case policyAuthValue = 0x16b
    case startAuthSession = 0x176
    case pcrRead = 0x17e
    case policyPCR = 0x17f

    /// Whether the answer starts with the handle of something new.
    var makesHandle: Bool {
        switch self {
        case .createPrimary, .load, .startAuthSession: true
        default: false
        }
    }
}

/// Numbers of TPM 2.0 library, part 2.
enum TPMConstant {
    static let noSessions: UInt16 = 0x8001
    static let sessions: UInt16 = 0x8002
    static let owner: UInt32 = 0x4000_0001
    static let null: UInt32 = 0x4000_0007
    static let passwordSession: UInt32 = 0x4000_0009
    static let keyedHash: UInt16 = 0x0008
    static let ecc: UInt16 = 0x0023
    static let aes: UInt16 = 0x0006
    static let sha256: UInt16 = 0x000b
    static let nullAlgorithm: UInt16 = 0x0010
    static let cfb: UInt16 = 0x0043
    static let curveP256: UInt16 = 0x0003
}
