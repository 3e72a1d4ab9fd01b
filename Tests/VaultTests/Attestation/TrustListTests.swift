import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// Whom a verifier enrolled is in a list of its own, which is read strictly.
struct TrustListTests {
    private let key: SigningKey<Purpose.Record>
    private let terms: EnrolledDevice.Terms

    init() throws {
        key = try Sample.recordKey(1)
        terms = EnrolledDevice.Terms(
            deviceID: "box-1", deviceModel: "rack", enclaveVendor: "none", vault: try Sample.vault(), assurance: .software,
            notBefore: Sample.start, notAfter: Sample.after(Sample.day))
    }

    private func bytes(_ change: (JSONValue) -> JSONValue = { $0 }) throws -> [UInt8] {
        try CanonicalForm.jcs.encode(change(TrustList.json(terms, key: key.publicKey)))
    }

    @Test func `what a device hands over verifies its statements, for one root or any`() throws {
        let nonce = Sample.bytes(5)
        let statement = try DeviceAttestation.Terms(
            deviceID: "box-1", deviceModel: "rack", enclaveVendor: "none", artifact: Sample.artifact(1),
            contentHash: Sample.bytes(2), manifest: Sample.manifest(3), vault: Sample.vault(), vaultRoot: Sample.bytes(4),
            vaultCounter: 7, keys: [], assurance: .software, nonce: nonce, issued: Sample.start)
        let signed = try DeviceAttestation.sign(statement, by: RecordSigner(key)).record.bytes
        let trust = try TrustList(decoding: bytes()).devices
        #expect(trust.count == 1 && trust[0].deviceID == "box-1" && trust[0].notAfter == terms.notAfter)
        let now = Sample.after(1)
        #expect(try DeviceAttestation.verify(signed, nonce: nonce, trust: trust, at: now).terms == statement)
        #expect(
            try DeviceAttestation.verify(signed, nonce: nonce, root: Sample.bytes(4), trust: trust, at: now).terms == statement)
        let other = code {
            _ = try DeviceAttestation.verify(signed, nonce: nonce, root: Sample.bytes(9), trust: trust, at: now)
        }
        #expect(other == "vault.attestation_root")
    }

    @Test func `every other form is refused`() throws {
        #expect(code { _ = try TrustList(decoding: Array("{}".utf8)) } == "wire.missing_member")
        let changes: [(String, JSONValue?)] = [
            ("assurance", "certain"), ("suite", "Ed25519"), ("suite", nil), ("not_after", .string(Sample.after(-1).text)),
            ("key", "AAAA"), ("vault", "00"), ("device_id", 7), ("surplus", "x"),
        ]
        for (name, value) in changes {
            let altered = try bytes { list in
                var device = list["devices"]?.array?.first?.object ?? JSONObject()
                device[name] = value
                return ["devices": [.object(device)], "type": list["type"] ?? .null]
            }
            #expect(throws: (any Error).self, "\(name)") { try TrustList(decoding: altered) }
        }
        let text = String(decoding: try bytes(), as: UTF8.self).replacing("vault-trust/v1", with: "vault-trust/v2")
        #expect(code { _ = try TrustList(decoding: Array(text.utf8)) } == "vault.attestation_malformed")
    }
}
