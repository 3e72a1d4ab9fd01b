import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

/// What pqc-enclave-sdk wrote is read, answered as it answers, and kept apart.
struct SeedTests {
    @Test func `every artifact opens and every altered copy has its outcome`() throws {
        let document = try VaultVectors.document("artifacts.json")
        var bases: [String: JSONValue] = [:]
        for test in try #require(document["artifacts"]?.array) {
            let id = try #require(test["id"]?.string)
            bases[id] = test
            let artifact = try SeedArtifact(#require(test["artifact"]))
            #expect(try artifact.associatedData == Hex.decode(#require(test["aad_hex"]?.string)), "\(id)")
            #expect(artifact.json == test["artifact"])
        }
        let checks = try #require(document["checks"]?.array)
        #expect(bases.count == 4 && checks.count == 64)
        for check in checks {
            let base = try #require(bases[check["base"]?.string ?? ""])
            var value = try #require(base["artifact"])
            for member in try #require(check["set"]?.object).members { value = value.setting(member.name, to: member.value) }
            var key = try Hex.decode(#require(base["key"]?.string))
            let secret = SecretBytes(erasing: &key)
            let outcome: String
            do {
                outcome = "ok:" + Hex.encode(try SeedArtifact(value).open(secret))
            } catch let error as VaultError where error.reason == .seedUnknownKind {
                outcome = "raises ValueError"
            } catch let error as VaultError where error.reason == .seedDecryptionFailed {
                outcome = "raises DecryptionError"
            }
            #expect(outcome == check["outcome"]?.string, "\(check["base"]?.string ?? "") \(check["why"]?.string ?? "")")
        }
    }

    @Test func `what is written for the package is read again, and nothing opens with another key or hash`() throws {
        let metadata = SeedArtifactMetadata(
            artifactID: "urn:pqc-enclave-art:" + Hex.encode(Sample.bytes(1, 16)), name: "ä", kind: .credential, size: 3,
            created: "2026-11-21T09:08:04.105673+00:00", tags: ["a", "b"])
        let artifact = try SeedArtifact.seal(
            [1, 2, 3], metadata: metadata, key: Sample.secret(1), keyID: "urn:pqc-enclave-key:00", nonce: Sample.bytes(2, 12))
        let read = try SeedArtifact(JSONParser.parse(CanonicalForm.jcs.encode(artifact.json)))
        #expect(read == artifact)
        #expect(try read.open(Sample.secret(1)) == [1, 2, 3])
        #expect(code { _ = try read.open(Sample.secret(2)) } == "vault.seed_decryption_failed")
        #expect(code { _ = try read.open(Sample.secret(2, 16)) } == "vault.seed_decryption_failed")
        #expect(
            code {
                _ = try SeedArtifact.seal(
                    [1], metadata: metadata, key: Sample.secret(1), keyID: "k", nonce: Sample.bytes(2, 11))
            } == "vault.seed_malformed")
        // Whoever holds the key may state another hash; the package would not notice.
        var lying = artifact
        lying.contentHash = Hex.encode(Digest.sha3_256([9]))
        let sealed = try AEAD.seal(
            [1, 2, 3], key: Sample.secret(1), nonce: Sample.bytes(2, 12), authenticating: lying.associatedData)
        lying.ciphertext = Hex.encode(sealed)
        #expect(code { _ = try lying.open(Sample.secret(1)) } == "vault.seed_decryption_failed")
    }

    @Test func `every case of the package's policy has its answer and its text`() throws {
        let cases = try #require(VaultVectors.document("policy.json")["cases"]?.array)
        #expect(cases.count == 34)
        for test in cases {
            var policy = SeedAccessPolicy()
            for rule in try #require(test["rules"]?.array) { policy.add(try SeedAccessPolicy.Rule(rule)) }
            for check in try #require(test["checks"]?.array) {
                let kind = try #require(ArtifactKind(rawValue: check["artifact_kind"]?.string ?? ""))
                let caller = try #require(check["caller"]?.string)
                let refusal = policy.refusal(of: caller, reading: kind)
                #expect((refusal == nil) == check["allowed"]?.bool, "\(test["id"]?.string ?? "") \(caller)")
                #expect(refusal == check["message"]?.string, "\(test["id"]?.string ?? "")")
            }
        }
    }

    @Test func `what the vectors call holes is closed in our own policy`() throws {
        let cases = try #require(VaultVectors.document("policy.json")["cases"]?.array).filter { $0["hole"] != nil }
        #expect(cases.count == 3)
        var outcomes: [String] = []
        for test in cases {
            let rules = try #require(test["rules"]?.array).map { try SeedAccessPolicy.Rule($0) }
            guard let policy = try? AccessPolicy(rules.map(SeedAccessPolicy.translated)) else {
                outcomes.append("refused")
                continue
            }
            var (desk, access) = (AccessDesk(), try SampleAccess())
            let answers = try #require(test["checks"]?.array).map { check in
                access.kind = ArtifactKind(rawValue: check["artifact_kind"]?.string ?? "") ?? .other
                return access.ask(&desk, policy).permit == nil ? "denied" : "allowed"
            }
            outcomes.append(answers.joined(separator: " "))
        }
        // Presence and an empty list; one use an hour; a negative limit.
        #expect(outcomes == ["denied denied", "allowed denied denied denied", "refused"])
    }

    @Test func `attestations of the seed are accepted by pinned keys only`() throws {
        let document = try VaultVectors.document("envelopes.json")
        let pinned = try #require(document["identities"]?.array).map { identity in
            (
                algorithm: try #require(SignatureAlgorithm(rawValue: identity["algorithm"]?.string ?? "")),
                publicKey: try Hex.decode(#require(identity["public_key"]?.string))
            )
        }
        var bases: [String: JSONValue] = [:]
        for object in try #require(document["objects"]?.array) where object["kind"] == "attestation" {
            bases[try #require(object["id"]?.string)] = object["object"]
            let attestation = try SeedAttestation(#require(object["object"]))
            #expect(try attestation.canonicalBytes == Hex.decode(#require(object["canonical_hex"]?.string)))
            #expect(try attestation.digest == Hex.decode(#require(object["digest"]?.string)))
        }
        var seen = 0
        for check in try #require(document["checks"]?.array) {
            guard var record = bases[check["base"]?.string ?? ""] else { continue }
            for member in try #require(check["set"]?.object).members { record = record.setting(member.name, to: member.value) }
            let id = check["id"]?.string ?? ""
            #expect(SeedAttestation.packageVerifies(record) == check["verify"]?.bool, "\(id)")
            let accepted = (try? SeedAttestation(record))?.isAccepted(pinned: pinned) ?? false
            #expect(accepted == check["recommended"]?.bool, "\(id)")
            #expect((try? SeedAttestation(record))?.isAccepted(pinned: []) != true)
            seen += 1
        }
        #expect(seen >= 13 && !bases.isEmpty)
    }

    @Test func `a stranger who signs in a pinned name is believed by the package and not by us`() throws {
        let (alice, mallory) = (
            try PrivateSignatureKey(.mlDSA65, seed: Sample.secret(1)), try PrivateSignatureKey(.mlDSA65, seed: Sample.secret(2))
        )
        let pinned = [(algorithm: SignatureAlgorithm.mlDSA65, publicKey: alice.publicKey)]
        let signed: JSONObject = [
            "device_id": "d", "device_model": "m", "enclave_vendor": "apple-se", "artifact_id": "urn:pqc-enclave-art:00",
            "artifact_content_hash": .string(Hex.encode(Sample.bytes(3))), "issued_at": "2026-11-21T09:08:04+00:00",
        ]
        let digest = Digest.sha3_256(try CanonicalForm.jcs.encode(signed))
        for (signer, carried, accepted) in [(alice, alice, true), (mallory, mallory, false), (mallory, alice, false)] {
            var record = signed
            record["signer_did"] = .string("did:pqaid:" + Hex.encode(Digest.sha3_256(alice.publicKey)))
            record["algorithm"] = "ML-DSA-65"
            record["public_key"] = .string(Hex.encode(carried.publicKey))
            record["signature"] = .string(Hex.encode(try signer.sign(digest)))
            #expect(try SeedAttestation(.object(record)).isAccepted(pinned: pinned) == accepted)
            #expect(SeedAttestation.packageVerifies(.object(record)) == (carried.publicKey == signer.publicKey))
        }
    }
}
