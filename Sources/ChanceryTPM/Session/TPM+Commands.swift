internal import ChancerySuite
internal import ChanceryVault

/// The storage primary: its name says which TPM it is.
struct TPMPrimary {
    let object: TPMObject
    let point: TPMPoint
}

struct TPMPoint {
    let x: [UInt8]
    let y: [UInt8]
}

extension TPM {
    /// Makes the owner's storage primary, always the same one in one TPM.
    func primary() throws(VaultError) -> TPMPrimary {
        let refusal = VaultError(.custodyUnavailable, "the TPM's owner hierarchy has a password: it must be empty")
        let parameters = TPMWriter.build {
            $0.sized([0, 0, 0, 0])
            $0.sized(TPMTemplate.storagePrimary)
            $0.sized([])
            $0.u32(0)
        }
        let answer = try runAsOwner(
            .createPrimary, parameters, or: [.authFail: refusal, .badAuth: refusal])
        var reader = TPMReader(answer: answer.parameters)
        let area = try reader.sized()
        let point = try TPMTemplate.point(ofStoragePrimary: area)
        return TPMPrimary(object: TPMObject(handle: answer.handle, name: TPMTemplate.name(area)), point: point)
    }

    enum SessionKind: UInt8 {
        case proof = 0
        case policy = 1
    }

    /// A session salted to `primary`.
    func session(_ kind: SessionKind, _ primary: TPMPrimary) throws(VaultError) -> TPMSession {
        var salt = try TPMSession.salt(primary.point)
        defer { SecretBytes.erase(&salt.secret) }
        let ours = SystemRandom.bytes(TPMSession.nonceBytes)
        let answer = try run(
            .startAuthSession,
            TPMWriter.build {
                $0.u32(primary.object.handle)
                $0.u32(TPMConstant.null)
                $0.sized(ours)
                $0.sized(salt.encrypted)
                $0.u8(kind.rawValue)
                $0.u16(TPMConstant.aes)
                $0.u16(128)
                $0.u16(TPMConstant.cfb)
                $0.u16(TPMConstant.sha256)
            })
        var reader = TPMReader(answer: answer.parameters)
        return TPMSession(handle: answer.handle, salt: salt.secret, ours: ours, theirs: try reader.sized(atMost: 64))
    }

    /// SHA-256 over the registers that are selected, in ascending order.
    func digest(of selection: PCRSelection) throws(VaultError) -> [UInt8] {
        var values: [UInt8] = []
        for index in selection.indexes {
            let answer = try run(.pcrRead, PCRSelection(trusted: [index]).list)
            var reader = TPMReader(answer: answer.parameters)
            _ = try reader.u32()
            let given = try reader.take(PCRSelection.listBytes)
            let count = try reader.u32()
            guard given == PCRSelection(trusted: [index]).list, count == 1 else {
                throw VaultError(.custodyUnavailable, "the TPM has no PCR \(index) with SHA-256")
            }
            values += try reader.sized(atMost: 32)
        }
        return Digest.sha256(values)
    }

    /// Seals `secret` under the primary, for whoever meets `policy`.
    func seal(
        _ secret: [UInt8], authValue: [UInt8], policy: [UInt8], under primary: TPMPrimary
    ) throws(VaultError) -> (publicArea: [UInt8], privateArea: [UInt8]) {
        var session = try session(.proof, primary)
        defer { session.erase() }
        var sensitive = TPMWriter.build {
            $0.sized(authValue)
            $0.sized(secret)
        }
        defer { SecretBytes.erase(&sensitive) }
        var parameters = TPMWriter.build {
            $0.sized(sensitive)
            $0.sized(TPMTemplate.sealed(policy: policy, hasAuthValue: !authValue.isEmpty, unique: []))
            $0.sized([])
            $0.u32(0)
        }
        defer { SecretBytes.erase(&parameters) }
        let answer = try run(
            .create, on: primary.object, parameters, &session, TPMSession.Use(hidesCommand: true))
        var reader = TPMReader(answer: answer.parameters)
        let privateArea = try reader.sized(atMost: 1024)
        return (try reader.sized(atMost: 1024), privateArea)
    }

    /// Loads what ``seal(_:authValue:policy:under:)`` gave.
    ///
    /// - Throws: `vault.wrong_secret` when this TPM did not make it, or a byte of it was changed.
    func load(_ publicArea: [UInt8], _ privateArea: [UInt8], under primary: TPMPrimary) throws(VaultError) -> TPMObject {
        var session = try session(.proof, primary)
        defer { session.erase() }
        let parameters = TPMWriter.build {
            $0.sized(privateArea)
            $0.sized(publicArea)
        }
        do {
            let answer = try run(.load, on: primary.object, parameters, &session, TPMSession.Use())
            return TPMObject(handle: answer.handle, name: TPMTemplate.name(publicArea))
        } catch  where error.reason == .custodyFailed {
            throw VaultError(
                .wrongSecret, "the TPM does not take the sealed secret: another TPM's, or changed (\(error.detail))")
        }
    }

    /// - Throws: `vault.pcr_mismatch`, `vault.wrong_secret` for another `authValue`, `vault.custody_locked_out`.
    func unseal(
        _ object: TPMObject, _ selection: PCRSelection, digest: [UInt8], authValue: [UInt8], salted primary: TPMPrimary
    ) throws(VaultError) -> [UInt8] {
        let mismatch = VaultError(
            .pcrMismatch, "PCR \(selection) is not what it was at sealing: firmware, its settings or the boot changed")
        let wrong = VaultError(.wrongSecret, "the TPM refuses the passphrase")
        var session = try session(.policy, primary)
        defer { session.erase() }
        let policy = TPMWriter.build {
            $0.u32(session.handle)
            $0.sized(digest)
            $0.raw(selection.list)
        }
        _ = try run(.policyPCR, policy, or: [.value: mismatch])
        if !authValue.isEmpty { _ = try run(.policyAuthValue, TPMWriter.build { $0.u32(session.handle) }) }
        let use = TPMSession.Use(hidesAnswer: true, authValue: authValue, provesAuthValue: !authValue.isEmpty)
        var answer = try run(
            .unseal, on: object, [], &session, use,
            or: [.policyFail: mismatch, .pcrChanged: mismatch, .authFail: wrong, .badAuth: wrong])
        defer { SecretBytes.erase(&answer.parameters) }
        return try Self.content(of: answer)
    }

    /// The one parameter of an answer.
    private static func content(of answer: Answer) throws(VaultError) -> [UInt8] {
        var reader = TPMReader(answer: answer.parameters)
        let content = try reader.sized(atMost: 128)
        try reader.end()
        return content
    }
}
