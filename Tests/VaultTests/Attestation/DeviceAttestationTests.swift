import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// A device's statement counts as the answer to one nonce, by its enrolled key, as far as its enrolment goes.
struct DeviceAttestationTests {
    private let key: SigningKey<Purpose.Record>
    private let nonce = Sample.bytes(5)

    init() throws { key = try Sample.recordKey(1) }

    private func terms(
        device: String = "box-1", vendor: String = "none", assurance: AssuranceLevel = .tpm, vault: VaultID? = nil,
        lifetime: Int64 = 300
    ) throws -> DeviceAttestation.Terms {
        try DeviceAttestation.Terms(
            deviceID: device, deviceModel: "rack", enclaveVendor: vendor, artifact: Sample.artifact(1),
            contentHash: Sample.bytes(2), manifest: Sample.manifest(3), vault: vault ?? Sample.vault(),
            vaultRoot: Sample.bytes(4), vaultCounter: 7,
            keys: [VaultKeyID(.model, publicKey: [1]), VaultKeyID(.api, publicKey: [2])],
            assurance: assurance, nonce: nonce, issued: Sample.start, lifetime: lifetime)
    }

    private func enrolled(_ key: SigningKey<Purpose.Record>? = nil, assurance: AssuranceLevel = .tpm) throws -> EnrolledDevice {
        EnrolledDevice(
            deviceID: "box-1", deviceModel: "rack", enclaveVendor: "none", vault: try Sample.vault(),
            key: RecordVerifier((key ?? self.key).publicKey), assurance: assurance, notBefore: Sample.start,
            notAfter: Sample.after(Sample.day))
    }

    private func verify(
        _ terms: DeviceAttestation.Terms, nonce: [UInt8]? = nil, trust: [EnrolledDevice]? = nil, at seconds: Int64 = 10
    ) throws -> DeviceAttestation {
        let signed = try DeviceAttestation.sign(terms, by: RecordSigner(key))
        return try DeviceAttestation.verify(
            signed.record.bytes, nonce: nonce ?? self.nonce, trust: trust ?? [enrolled()], at: Sample.after(seconds))
    }

    @Test func `what an enrolled device says is read as it was said`() throws {
        #expect(try verify(terms()).terms == terms())
        #expect(try terms().keys == terms().keys.sorted())
    }

    @Test func `another nonce, key, device, model, vendor or vault is refused`() throws {
        let untrusted = "vault.attestation_untrusted"
        #expect(code { _ = try verify(terms(), nonce: Sample.bytes(6)) } == "vault.attestation_stale")
        #expect(code { _ = try verify(terms(), nonce: []) } == "vault.attestation_stale")
        #expect(code { _ = try verify(terms(), trust: [enrolled(Sample.recordKey(2))]) } == "suite.invalid_signature")
        #expect(code { _ = try verify(terms(), trust: []) } == untrusted)
        #expect(code { _ = try verify(terms(device: "box-2")) } == untrusted)
        // "apple-se" from a Linux machine.
        #expect(code { _ = try verify(terms(vendor: "apple-se")) } == untrusted)
        #expect(code { _ = try verify(terms(vault: VaultID(Sample.bytes(9, 16)))) } == untrusted)
        #expect(code { _ = try verify(terms(), at: Sample.day + 1) } == untrusted)
    }

    @Test func `a device that was enrolled again with another key is heard under either, in any order`() throws {
        let other = try enrolled(Sample.recordKey(2))
        for trust in try [[other, enrolled()], [enrolled(), other]] {
            #expect(try verify(terms(), trust: trust).terms == terms())
        }
    }

    @Test func `no device claims more than its enrolment showed`() throws {
        for claimed in AssuranceLevel.allCases {
            for shown in AssuranceLevel.allCases {
                let found = code { _ = try verify(terms(assurance: claimed), trust: [enrolled(assurance: shown)]) }
                #expect(found == (claimed <= shown ? nil : "vault.attestation_untrusted"), "\(claimed) with \(shown)")
            }
        }
        #expect(AssuranceLevel.software < .tpm && .tpm < AssuranceLevel.vendor)
    }

    @Test func `it counts for its life, and a clock may be 30 seconds ahead`() throws {
        let long = try enrolled()
        let early = EnrolledDevice(
            deviceID: "box-1", deviceModel: "rack", enclaveVendor: "none", vault: try Sample.vault(), key: long.key,
            assurance: .tpm, notBefore: Sample.after(-900), notAfter: Sample.after(900))
        for (seconds, counts) in [(Int64(-31), false), (-30, true), (0, true), (299, true), (300, false)] {
            let found = code { _ = try verify(terms(), trust: [early], at: seconds) }
            #expect(found == (counts ? nil : "vault.attestation_stale"), "\(seconds)")
        }
        for lifetime in [0, -1, 3601, Int64.max, .min] {
            #expect(code { _ = try terms(lifetime: lifetime) } == "vault.attestation_malformed", "\(lifetime)")
        }
    }

    @Test func `every member that is changed, removed or added is refused, also under a good signature`() throws {
        let signed = try DeviceAttestation.sign(terms(), by: RecordSigner(key))
        for index in stride(from: 0, to: signed.record.bytes.count, by: 17) {
            #expect(throws: (any Error).self, "byte \(index)") {
                try DeviceAttestation.verify(
                    signed.record.bytes.flipping(index, UInt8(index % 7)), nonce: nonce, trust: [enrolled()],
                    at: Sample.after(1))
            }
        }
        eachDamage(of: signed.record.body) { damaged, what in
            guard let record = try? VerifiedRecord.sign(damaged, type: DeviceAttestation.type, by: key),
                !what.hasPrefix("type")
            else { return }
            #expect(throws: (any Error).self, "\(what)") {
                try DeviceAttestation.verify(record.bytes, nonce: nonce, trust: [enrolled()], at: Sample.after(1))
            }
        }
    }
}
