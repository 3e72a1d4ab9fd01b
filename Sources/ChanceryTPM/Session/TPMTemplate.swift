internal import ChancerySuite
internal import ChanceryVault

/// Public areas (TPM 2.0 library, part 2, §12.2).
enum TPMTemplate {
    private static let fixedTPM: UInt32 = 1 << 1
    private static let fixedParent: UInt32 = 1 << 4
    private static let sensitiveDataOrigin: UInt32 = 1 << 5
    private static let userWithAuth: UInt32 = 1 << 6
    private static let adminWithPolicy: UInt32 = 1 << 7
    private static let noDictionaryAttackLockout: UInt32 = 1 << 10
    private static let restricted: UInt32 = 1 << 16
    private static let decrypt: UInt32 = 1 << 17

    /// The storage primary on P-256 (TCG TPM 2.0 Provisioning Guidance, §7.5.1): every tool makes the same key from it.
    static let storagePrimary =
        storagePrimaryHead
        + TPMWriter.build {
            $0.sized([UInt8](repeating: 0, count: 32))
            $0.sized([UInt8](repeating: 0, count: 32))
        }

    private static let storagePrimaryHead = TPMWriter.build {
        $0.u16(TPMConstant.ecc)
        $0.u16(TPMConstant.sha256)
        $0.u32(
            fixedTPM | fixedParent | sensitiveDataOrigin | userWithAuth | noDictionaryAttackLockout | restricted | decrypt)
        $0.sized([])
        $0.u16(TPMConstant.aes)
        $0.u16(128)
        $0.u16(TPMConstant.cfb)
        $0.u16(TPMConstant.nullAlgorithm)
        $0.u16(TPMConstant.curveP256)
        $0.u16(TPMConstant.nullAlgorithm)
    }

    /// The point of a primary that has the template's form.
    static func point(ofStoragePrimary area: [UInt8]) throws(VaultError) -> TPMPoint {
        var reader = TPMReader(answer: area)
        guard try reader.take(storagePrimaryHead.count) == storagePrimaryHead else {
            throw VaultError(.custodyFailed, "the TPM made another storage primary than was asked for")
        }
        let (x, y) = (try reader.sized(atMost: 32), try reader.sized(atMost: 32))
        try reader.end()
        return TPMPoint(x: padded(x), y: padded(y))
    }

    private static func padded(_ coordinate: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0, count: max(0, 32 - coordinate.count)) + coordinate
    }

    /// A sealed object that opens by policy alone. Only with a value to guess does it count wrong attempts.
    static func sealed(policy: [UInt8], hasAuthValue: Bool, unique: [UInt8]) -> [UInt8] {
        TPMWriter.build {
            $0.u16(TPMConstant.keyedHash)
            $0.u16(TPMConstant.sha256)
            $0.u32(fixedTPM | fixedParent | adminWithPolicy | (hasAuthValue ? 0 : noDictionaryAttackLockout))
            $0.sized(policy)
            $0.u16(TPMConstant.nullAlgorithm)
            $0.sized(unique)
        }
    }

    static func name(_ area: [UInt8]) -> [UInt8] { TPMWriter.build { $0.u16(TPMConstant.sha256) } + Digest.sha256(area) }

    /// The digest of PolicyPCR, with PolicyAuthValue after it where a value is asked for (part 3, §23.7 and §23.17).
    static func policy(_ selection: PCRSelection, digest: [UInt8], hasAuthValue: Bool) -> [UInt8] {
        let start = [UInt8](repeating: 0, count: 32)
        let registers = Digest.sha256(
            start + TPMWriter.build { $0.u32(TPMCommand.policyPCR.rawValue) } + selection.list + digest)
        guard hasAuthValue else { return registers }
        return Digest.sha256(registers + TPMWriter.build { $0.u32(TPMCommand.policyAuthValue.rawValue) })
    }
}
