import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// A vault states what it holds to whoever enrolled it, once for each challenge, and on record.
struct VaultAttestTests {
    private static let nonce = [UInt8](repeating: 5, count: 32)
    private let sample: SampleVaultHome
    private let device = DeviceDescription(model: "rack", vendor: "none")

    init() throws { sample = try SampleVaultHome() }

    private func attest(_ entry: CatalogueEntry, lifetime: Int64 = 300) throws -> DeviceAttestation {
        try sample.vault.attest(entry, nonce: Self.nonce, lifetime: lifetime, device: device, by: "test")
    }

    private func trust() throws -> [EnrolledDevice] {
        let (terms, key) = try sample.vault.enrolment(device, lifetime: 86_400)
        return try TrustList(decoding: CanonicalForm.jcs.encode(TrustList.json(terms, key: key))).devices
    }

    @Test func `a statement has every field and verifies with what was enrolled`() throws {
        let entry = try sample.put("llama", ["a": [1], "b": [UInt8](repeating: 2, count: 20_000)])
        let (root, events) = try sample.vault.catalogue { ($0.root, $0.events) }
        let signed = try attest(entry)
        let terms = try DeviceAttestation.verify(
            signed.record.bytes, nonce: Self.nonce, root: root, trust: trust(), at: sample.home.clock.now()
        ).terms
        #expect(terms.deviceID == sample.identity.document.did.text && terms.deviceModel == "rack")
        #expect(terms.artifact == entry.artifact && terms.manifest == entry.manifest && terms.keys == [entry.wrappingKey])
        #expect(try terms.contentHash == sample.vault.manifest(of: entry).terms.contentDigest)
        #expect(terms.vault == sample.vault.id && terms.vaultRoot == root && terms.vaultCounter == events)
        #expect(terms.assurance == .software && terms.nonce == Self.nonce)
        let event = try #require(try sample.payloads("vault_attest").first)
        #expect(event["record"] == .string(Hex.encode(signed.record.id)))
        #expect(try sample.home.audit().isClean)
    }

    @Test func `another challenge, time, root, machine or vault is refused`() throws {
        let entry = try sample.put()
        let bytes = try attest(entry).record.bytes
        let (known, now) = (try trust(), sample.home.clock.now())
        func refused(
            nonce: [UInt8] = Self.nonce, root: [UInt8]? = nil, _ trust: [EnrolledDevice]? = nil, after seconds: Int64 = 0
        ) -> String? {
            code {
                _ = try DeviceAttestation.verify(
                    bytes, nonce: nonce, root: root, trust: trust ?? known, at: now.advanced(bySeconds: seconds))
            }
        }
        #expect(refused() == nil)
        #expect(refused(nonce: [UInt8](repeating: 6, count: 32)) == "vault.attestation_stale")
        #expect(refused(after: 300) == "vault.attestation_stale")
        #expect(refused(root: [UInt8](repeating: 0, count: 32)) == "vault.attestation_root")
        #expect(refused([]) == "vault.attestation_untrusted")
        let (terms, key) = try sample.vault.enrolment(DeviceDescription(model: "phone", vendor: "none"), lifetime: 60)
        #expect(refused([EnrolledDevice(terms, key: key)]) == "vault.attestation_untrusted")
        let other = try SampleVaultHome().vault.enrolment(device, lifetime: 60)
        #expect(refused([EnrolledDevice(other.terms, key: other.key)]) == "vault.attestation_untrusted")
        // What is put or deleted moves the root.
        let before = try sample.vault.catalogue { $0.root }
        try sample.put("other")
        let later = try attest(entry).record.bytes
        let moved = code { _ = try DeviceAttestation.verify(later, nonce: Self.nonce, root: before, trust: known, at: now) }
        #expect(moved == "vault.attestation_root")
    }

    @Test func `nothing is stated of what is locked, deleted, damaged or out of bounds, and each refusal is on record`() throws
    {
        let entry = try sample.put("llama", ["model.bin": [UInt8](repeating: 9, count: 40_000)])
        #expect(code { _ = try attest(entry, lifetime: 3601) } == "vault.attestation_malformed")
        try sample.damage(sample.path(entry, "bodies/0000.body")) { $0.removeLast() }
        #expect(code { _ = try attest(entry) } == "vault.body_length")
        try sample.damage(sample.path(entry, "bodies/0000.body")) {
            $0.append(0)
            $0[30] ^= 1
        }
        #expect(code { _ = try attest(entry) } == "vault.body_altered")
        let second = try sample.put("second")
        try sample.vault.delete(second.artifact, by: "test")
        #expect(code { _ = try attest(second) } == "vault.record_mismatch")
        try sample.vault.lock(by: "test")
        #expect(code { _ = try attest(entry) } == "vault.locked")
        #expect(
            try sample.refusals() == [
                "vault.attestation_malformed", "vault.body_length", "vault.body_altered", "vault.record_mismatch",
                "vault.locked",
            ])
        #expect(try sample.payloads("vault_attest").isEmpty)
    }

    @Test func `who asks for what is not there leaves a record`() async throws {
        let entry = try sample.put()
        try sample.grant(entry)
        let unknown = code {
            _ = try sample.vault.recordingRefusal(of: "get", by: "uid:0") { try sample.vault.entry("nothing") }
        }
        #expect(unknown == "vault.unknown_artifact")
        let opening = try await sample.vault.open(entry, by: sample.caller())
        let far = await refusal { _ = try await opening.bytes(0..<4, of: FilePath("model.bin")) }
        #expect(far == "vault.body_length")
        let other = await refusal { _ = try await opening.bytes(0..<1, of: FilePath("none")) }
        #expect(other == "vault.no_file")
        #expect(try sample.refusals() == ["vault.unknown_artifact", "vault.body_length", "vault.no_file"])
        let first = try #require(try sample.payloads("vault_refused").first)
        #expect(first["operation"] == "get" && first["principal"] == "uid:0")
    }
}
