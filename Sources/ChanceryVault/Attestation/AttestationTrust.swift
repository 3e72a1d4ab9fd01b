public import ChancerySuite
public import ChanceryWire

/// A device whose statements count, and how far.
public struct EnrolledDevice: Sendable {
    public let deviceID: String
    public let deviceModel: String
    public let enclaveVendor: String
    /// The vault that the device holds.
    public let vault: VaultID
    /// Made where the purpose of the key was checked.
    public let key: RecordVerifier
    /// The most that the device may claim: what its enrolment showed.
    public let assurance: AssuranceLevel
    public let notBefore: UTCTime
    public let notAfter: UTCTime

    public init(
        deviceID: String, deviceModel: String, enclaveVendor: String, vault: VaultID, key: RecordVerifier,
        assurance: AssuranceLevel, notBefore: UTCTime, notAfter: UTCTime
    ) {
        self.deviceID = deviceID
        self.deviceModel = deviceModel
        self.enclaveVendor = enclaveVendor
        self.vault = vault
        self.key = key
        self.assurance = assurance
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

extension DeviceAttestation {
    /// Verifies a statement with the keys of enrolled devices and no other, as the answer to `nonce`.
    ///
    /// - Parameters:
    ///   - root: the root of the catalogue that the verifier expects; nil when it expects none.
    ///   - skew: seconds that the device's clock may be ahead.
    /// - Throws: `vault.attestation_untrusted` for a device, vendor, model, vault or assurance that was not enrolled;
    ///   `vault.attestation_stale` for another nonce or a time outside its life; `vault.attestation_root` for another root;
    ///   the errors of a false signature.
    public static func verify(
        _ bytes: [UInt8], nonce: [UInt8], root: [UInt8]? = nil, trust: [EnrolledDevice], at now: UTCTime, skew: Int64 = 30
    ) throws -> DeviceAttestation {
        let unverified = try UnverifiedRecord(decoding: bytes, limit: 1 << 16)
        guard let id = unverified.body["device_id"]?.string else {
            throw VaultError(.attestationUntrusted, "the attestation names no device")
        }
        let known = trust.filter {
            $0.deviceID.utf8.elementsEqual(id.utf8) && $0.notBefore <= now && now <= $0.notAfter
        }
        guard let newest = known.last else {
            throw VaultError(.attestationUntrusted, "the device is not enrolled at this time")
        }
        // A device whose keys were rotated stands there once for each.
        let device = known.first { (try? unverified.verify(type: type, by: [$0.key])) != nil } ?? newest
        let record = try unverified.verify(type: type, by: [device.key])
        let terms = try Terms(record.body)
        guard terms.deviceModel.utf8.elementsEqual(device.deviceModel.utf8),
            terms.enclaveVendor.utf8.elementsEqual(device.enclaveVendor.utf8), terms.vault == device.vault,
            terms.assurance <= device.assurance
        else {
            throw VaultError(.attestationUntrusted, "`\(id)` claims another model, vendor, vault or assurance than it enrolled")
        }
        guard constantTimeEqual(terms.nonce, nonce) else {
            throw VaultError(.attestationStale, "the attestation answers another nonce")
        }
        guard terms.issued <= now.advanced(bySeconds: min(max(skew, 0), 300)), now < terms.expires else {
            throw VaultError(.attestationStale, "the attestation is of \(terms.issued.text) until \(terms.expires.text)")
        }
        guard root.map({ constantTimeEqual(terms.vaultRoot, $0) }) ?? true else {
            throw VaultError(.attestationRoot, "the vault has another root than the one that is expected")
        }
        return DeviceAttestation(record: record, terms: terms)
    }
}
