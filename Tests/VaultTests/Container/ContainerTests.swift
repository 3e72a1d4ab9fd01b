import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

struct ContainerTests {
    private let golden: SampleVault

    init() throws { golden = try SampleVault() }

    @Test func `the three records read back what was signed`() throws {
        let container = try Container.verify(
            manifest: golden.manifest.record.bytes, sealing: golden.sealing.record.bytes, keyring: golden.keyring.encoded(),
            by: golden.key.publicKey)
        #expect(container.manifest.terms == golden.terms)
        #expect(container.manifest.digest.bytes == golden.manifest.record.id)
        #expect(container.sealing.files == golden.sealing.files)
        #expect(container.keyring.keyring == golden.keyring.keyring)
        #expect(container.manifest.terms.files.map(\.path.text) == ["config.json", "weights/part-1"])
        #expect(container.manifest.terms.totalLength == 20_003)
        let key = try container.keyring.keyring.dataKey(with: golden.recipient)
        #expect(key.copyForExport() == SampleVault.dataKey)
        #expect(code { _ = try container.manifest.terms.file(FilePath("config.JSON")) } == "vault.no_file")
        #expect(code { _ = try container.sealing.file(FilePath("b")) } == "vault.no_file")
    }

    @Test func `every cut of a record is refused`() throws {
        let key = golden.key.publicKey
        let (manifest, sealing, keyring) = (
            golden.manifest.record.bytes, golden.sealing.record.bytes, try golden.keyring.encoded()
        )
        for length in stride(from: 0, to: manifest.count, by: 7) {
            #expect(isRefused { _ = try Manifest.verify(Array(manifest[..<length]), by: key) })
        }
        for length in stride(from: 0, to: sealing.count, by: 7) {
            #expect(isRefused { _ = try Sealing.verify(Array(sealing[..<length]), of: golden.manifest, by: key) })
        }
        for length in stride(from: 0, to: keyring.count, by: 7) {
            #expect(isRefused { _ = try SignedKeyring.verify(Array(keyring[..<length]), by: key) })
        }
    }

    @Test func `every flipped bit of a manifest and a sealing is refused`() throws {
        let key = golden.key.publicKey
        for (byte, bit) in bitFlips(of: golden.manifest.record.bytes) {
            let bytes = golden.manifest.record.bytes.flipping(byte, bit)
            #expect(isRefused { _ = try Manifest.verify(bytes, by: key) }, "byte \(byte) bit \(bit)")
        }
        for (byte, bit) in bitFlips(of: golden.sealing.record.bytes) {
            let bytes = golden.sealing.record.bytes.flipping(byte, bit)
            #expect(isRefused { _ = try Sealing.verify(bytes, of: golden.manifest, by: key) }, "byte \(byte) bit \(bit)")
        }
    }

    @Test func `every flipped bit of a signed keyring is refused`() throws {
        let keyring = try golden.keyring.encoded()
        for (byte, bit) in bitFlips(of: keyring) {
            #expect(
                isRefused { _ = try SignedKeyring.verify(keyring.flipping(byte, bit), by: golden.key.publicKey) },
                "byte \(byte) bit \(bit)")
        }
    }

    @Test func `ten thousand damaged records neither trap nor verify`() throws {
        let (manifest, sealing) = (golden.manifest.record.bytes, golden.sealing.record.bytes)
        let keyring = try golden.keyring.encoded()
        var mutator = Mutator("vault records", corpus: [manifest, sealing, keyring])
        let key = golden.key.publicKey
        for _ in 0..<10_000 {
            let bytes = mutator.input()
            guard bytes != manifest, bytes != sealing, bytes != keyring else { continue }
            let refused =
                isRefused { _ = try Manifest.verify(bytes, by: key) }
                && isRefused { _ = try Sealing.verify(bytes, of: golden.manifest, by: key) }
                && isRefused { _ = try SignedKeyring.verify(bytes, by: key) }
            #expect(refused)
        }
    }

    @Test func `records of another artifact, version, tier, vault key or data key do not stand in`() throws {
        let others = [
            try SampleVault(key: golden.key, artifact: 9), try SampleVault(key: golden.key, version: 2),
            try SampleVault(key: golden.key, tier: .attested), try SampleVault(key: golden.key, kind: .tokenizer),
            try SampleVault(key: golden.key),
        ]
        for other in others {
            #expect(
                code { _ = try Container(manifest: other.manifest, sealing: golden.sealing, keyring: golden.keyring) }
                    == "vault.record_mismatch")
            #expect(
                code { _ = try Container(manifest: golden.manifest, sealing: other.sealing, keyring: golden.keyring) }
                    == "vault.record_mismatch")
            #expect(
                code { _ = try Container(manifest: golden.manifest, sealing: golden.sealing, keyring: other.keyring) }
                    == "vault.record_mismatch")
            #expect(
                code { _ = try Sealing.verify(golden.sealing.record.bytes, of: other.manifest, by: golden.key.publicKey) }
                    == "vault.record_mismatch")
        }
        // The same manifest, sealed again under another data key: the old keyring does not go with it.
        let again = try Sealing.sign(
            golden.manifest, dataKey: .random(), files: golden.sealing.files, by: golden.key)
        #expect(
            code { _ = try Container(manifest: golden.manifest, sealing: again, keyring: golden.keyring) }
                == "vault.record_mismatch")
        let foreign = try KeyringBatch.sign([golden.keyring.keyring], of: .random(), by: golden.key)[0]
        #expect(
            code { _ = try Container(manifest: golden.manifest, sealing: golden.sealing, keyring: foreign) }
                == "vault.record_mismatch")
        let stranger = try SampleVault()
        let forged = stranger.manifest.record.bytes
        #expect(code { _ = try Manifest.verify(forged, by: golden.key.publicKey) } == "suite.invalid_signature")
    }

    @Test func `a body with the header of another one is refused before anything is opened`() throws {
        let paths = golden.manifest.terms.files.map(\.path)
        let container = try golden.container
        let header = try golden.sealing.file(paths[1]).header
        #expect(
            code { _ = try container.cipher(for: paths[0], header: header, dataKey: secret(SampleVault.dataKey)) }
                == "vault.body_altered")
        #expect(
            code { _ = try container.cipher(for: paths[1], header: header, dataKey: secret([UInt8](1..<33))) }
                == "vault.wrong_key")
    }

    @Test(arguments: [
        ["a", "A"], ["a", "a/b"], ["A/b", "a"], ["x/y", "X/Y"], ["a", "a"],
    ])
    func `paths that collide on some file system are refused together`(paths: [String]) {
        #expect(code { _ = try terms(paths) } == "vault.invalid_record")
    }

    @Test func `limits of a manifest hold`() throws {
        #expect(code { _ = try terms([]) } == "vault.invalid_record")
        #expect(try terms((0..<4096).map { "f\($0)" }).files.count == 4096)
        #expect(code { _ = try terms((0..<4097).map { "f\($0)" }) } == "vault.invalid_record")
        #expect(code { _ = try terms(["a"], length: 1 << 52) } == "vault.invalid_record")
        #expect(code { _ = try terms(["a"], version: 0) } == "vault.invalid_record")
        #expect(code { _ = try terms(["a"], version: 1 << 53) } == "vault.invalid_record")
        #expect(try terms(["b", "a"]).files.map(\.path.text) == ["a", "b"])
        #expect(try terms(["a"], length: (1 << 52) - 1).totalLength == (1 << 52) - 1)
    }

    @Test(arguments: [
        ("\"version\":1", "\"version\":0"), ("\"version\":1", "\"version\":9007199254740992"), ("\"tier\":1", "\"tier\":5"),
        ("\"tier\":1", "\"tier\":-1"), ("model-weights", "model-weight"), ("\"length\":3", "\"length\":4503599627370496"),
        ("config.json", "xonfig.json"), ("config.json", "../f.json"), ("llama:8b", "urn:llam"),
        ("\"tags\":[\"a\"]", "\"tags\":[\"\"]"),
        ("\"tags\":[\"a\"]", "\"tags\":[\"a\",\"a\"]"), ("\"release\":\"1.0.0\"", "\"release\":\"\\u0007\""),
        ("\"metadata\":{", "\"metadata\":{\"a\":1,"), ("\"kind\":", "\"a\":1,\"kind\":"),
        ("\"files\":[", "\"files\":[{\"length\":0,\"path\":\"CONFIG.json\",\"tree\":\"\("0".repeated(64))\"},"),
    ])
    func `a manifest that its vault signed in another form is refused`(old: String, new: String) throws {
        let body = try CanonicalForm.jcs.encode(golden.manifest.record.body)
        let changed = body.replacing(old, by: new)
        #expect(changed != body)
        let json = try #require(JSONParser.parse(changed).object)
        let refusal = code {
            let record = try VerifiedRecord.sign(json, type: Manifest.type, by: golden.key)
            _ = try Manifest.verify(record.bytes, by: golden.key.publicKey)
        }
        #expect(refusal.map { $0.hasPrefix("vault.") || $0.hasPrefix("wire.") } == true)
    }

    @Test(arguments: [
        ("Cobblestone-256", "Cobblestone-128"), ("\"length\":75", "\"length\":76"), ("config.json", "config.jso_"),
        ("\"salt\":\"", "\"salt\":\"00"), ("\"data_key\":\"03", "\"data_key\":\""),
    ])
    func `a sealing that does not fit its manifest is refused`(old: String, new: String) throws {
        let body = try CanonicalForm.jcs.encode(golden.sealing.record.body)
        let changed = body.replacing(old, by: new)
        #expect(changed != body)
        let record = try VerifiedRecord.sign(
            #require(JSONParser.parse(changed).object), type: Sealing.type, by: golden.key)
        #expect(isRefused { _ = try Sealing.verify(record.bytes, of: golden.manifest, by: golden.key.publicKey) })
    }

    private func terms(_ paths: [String], length: UInt64 = 1, version: Int64 = 1) throws -> Manifest.Terms {
        try Manifest.Terms(
            vault: .random(), artifact: .random(), name: ArtifactName("a"), kind: .other, version: version, tier: .open,
            files: paths.map { ManifestFile(path: try FilePath($0), length: length, tree: TreeHash.empty) },
            metadata: ArtifactMetadata(created: UTCTime(seconds: 0)))
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
