import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import Testing

/// The check values of `docs/spec/container.md`, computed with Python's hashlib and hmac: if one of these changes, the format
/// has changed.
struct SpecificationExampleTests {
    private let context: BodyContext

    init() throws {
        func id(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 16) }
        context = try BodyContext(
            vault: VaultID(id(0x11)), artifact: ArtifactID(id(0x22)), version: 1, path: FilePath("config.json"),
            dataKey: DataKeyID(id(0x33)), tier: .sealed)
    }

    private static func content(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * 131 + $0 / 16_384 * 7) }
    }

    private func statement(_ count: Int, _ hasher: ContentHasher = ContentHasher()) -> String {
        let leaves = hasher.leaves(of: Self.content(count).span, endingBody: true)
        return ContentTree.statement(root: TreeLevels(leaves: leaves).root, length: UInt64(count)).description
    }

    @Test(arguments: [
        (0, "7717128a1ce318dfc1eee52fd4249c95f223c2cce0269f5b69dc6c5ddc6ce862"),
        (3, "f10a5f29bde6392b408d3eca63d5f6a7bc4e77c0bfa4bedc6c328b07e058347a"),
        (16_383, "467c0e18ed49dfca8dc99f8c486735e8f3391fe95cb3ec7226b8ebfd00180507"),
        (16_384, "dddc85f48fbfc4cd7345022e53d4eb9ecadcb342c1ca27ffb91f5342e7548559"),
        (16_385, "41ef77e706ad902c56f148d3409e7f113da5680001f094859ac6e396b52d68a9"),
        (40_000, "0b491e06671fbc8bf192d0855186ba208ba26776c80c2fd1260cd7246f4377e0"),
    ])
    func `the content tree has the check values`(count: Int, expected: String) { #expect(statement(count) == expected) }

    @Test func `body, blind and wrap are bound as the specification says`() throws {
        let dataKey = secret(SampleVault.dataKey)
        #expect(
            String(decoding: context.bytes, as: UTF8.self)
                == #"{"artifact":"urn:pqc-enclave-art:22222222222222222222222222222222","data_key":"33333333333333333333333333333333","path":"config.json","tier":1,"vault":"11111111111111111111111111111111","version":1}"#
        )
        let cipher = try BodyCipher(sealing: context, dataKey: dataKey, salt: [UInt8](0..<24))
        #expect(
            Hex.encode(cipher.header.commitment) == "ecd766c565ebf9de1e2cdf9f7b3aa68d0ce9fff2588601a208311ca7f3628bb7")
        let blinded = try ContentHasher(.credential, context: context, dataKey: dataKey)
        #expect(statement(3, blinded) == "88ab6dd7aee6a679ac625c4cfbda834f3a07e471528d2d375749491d5c4ff371")
        let wrap = try WrapContext(
            manifest: ManifestDigest([UInt8](repeating: 0x44, count: 32)), dataKey: context.dataKey, tier: .sealed)
        let recipient = try RecipientID([UInt8](repeating: 0x55, count: 32))
        #expect(
            Hex.encode(wrap.info(for: recipient))
                == "00166368616e636572792f7661756c742d777261702f76310020" + String(repeating: "44", count: 32)
                + "0020" + String(repeating: "55", count: 32) + "0010" + String(repeating: "33", count: 16) + "000101")
    }

    @Test func `the record of an interrupted put has the check values`() throws {
        let header = try ResumeHeader(salt: [UInt8](0..<24), context: context)
        #expect(
            Hex.encode(header.bytes)
                == "4348524553554d31000102030405060708090a0b0c0d0e0f1011121314151617"
                + "3db5066990d29bfe3fb6770240356d5310ac9ced35b62c34201885e7f0c302b6"
                + "34f9596ff0299263b80b2c4171b2f7e46493d129dab544af04f99bdecdb7ab97")
        var ledger = ResumeLedger(header)
        let entry = try Hex.decode(
            "4c890b2a5037b7874a1c32fc91d923ad6939566237fb8f6da20fc4892fafccdf1feb2ace6e88f5500880e7798bd1081a")
        #expect(ledger.admit([ContentHasher().leaf(of: Self.content(3).span)]) == .record(entry))
    }

    /// A container that an earlier build wrote: whatever changes, it opens.
    @Test func `the golden container opens for its recipient`() throws {
        let container = try Container.verify(
            manifest: Self.golden("manifest.json"), sealing: Self.golden("sealing.json"),
            keyring: Self.golden("keyring.json"), by: Self.signer)
        #expect(container.manifest.digest.text == "ef4d1bbbaa118837db23bde47641407e506baedfcd2f7b26d4a8c1bc80fc737a")
        #expect(container.manifest.terms.metadata.description == "größer")
        #expect(container.keyring.keyring.counter == 43)
        let owner = try DecapsulationKey(.xWing, seed: secret([UInt8](repeating: 9, count: 32)))
        let dataKey = try container.keyring.keyring.dataKey(with: owner)
        for (number, file) in container.manifest.terms.files.enumerated() {
            let body = try Self.golden("body-\(number)")
            let header = try BodyHeader(decoding: Array(body.prefix(BodyHeader.byteCount)))
            let hasher = try ContentHasher(
                container.manifest.terms.kind, context: container.bodyContext(file.path), dataKey: dataKey)
            var opener = try BodyOpener(
                container.cipher(for: file.path, header: header, dataKey: dataKey), of: file, hashing: hasher)
            var content = [UInt8](repeating: 0, count: Int(file.length))
            var target = content.mutableSpan
            try opener.open(
                body.span.extracting(BodyHeader.byteCount..<body.count), count: UInt64(opener.remaining.count), into: &target)
            try opener.finish()
            #expect(content == Self.content(content.count))
        }
        #expect(container.manifest.terms.files.map(\.length) == [3, 16_384])
    }

    @Test func `the golden keyring of tier 3 opens for its recipient`() throws {
        let signed = try SignedKeyring.verify(Self.golden("keyring-tier-3.json"), by: Self.signer)
        let owner = try DecapsulationKey(.mlKEM1024, seed: secret([UInt8](repeating: 9, count: 64)))
        #expect(signed.keyring.context.tier == .accelerated)
        #expect(try signed.keyring.dataKey(with: owner).copyForExport() == SampleVault.dataKey)
    }

    private static func golden(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    private static var signer: VerifyingKey<Purpose.Record> {
        get throws {
            let text = String(decoding: try golden("signer.txt"), as: UTF8.self)
            return try VerifyingKey(.hybrid, Base64.url.decode(text.prefix { $0 != "\n" }))
        }
    }
}
