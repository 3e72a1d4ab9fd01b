import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

struct PutAttemptTests {
    private let root: DecapsulationKey
    private let statement: KeyStatement
    private let artifact: ArtifactID
    private let dataKey: DataKeyID

    init() throws {
        root = try DecapsulationKey.generate(.mlKEM1024)
        statement = try KeyStatement(
            .root, .mlKEM1024, publicKey: root.publicKey, at: UTCTime(seconds: 1_790_000_000), after: nil)
        artifact = .random()
        dataKey = .random()
    }

    private static func terms(
        vault: UInt8 = 1, name: String = "llama", kind: ArtifactKind = .modelWeights, version: Int64 = 3,
        tier: PrivacyTier = .open, paths: [String] = ["a", "b"]
    ) throws -> PutAttempt.Terms {
        try PutAttempt.Terms(
            vault: VaultID([UInt8](repeating: vault, count: 16)), name: ArtifactName(name), kind: kind, version: version,
            tier: tier, paths: paths.map { try FilePath($0) })
    }

    private func sealed() throws -> PutAttempt {
        var bytes = [UInt8](0..<32)
        return try PutAttempt.seal(
            SecretBytes(erasing: &bytes), called: dataKey, of: artifact, Self.terms(), under: statement)
    }

    private func isOpened(_ attempt: PutAttempt, _ terms: PutAttempt.Terms) throws -> Bool {
        try unsafe attempt.open(terms, with: root).withBytes { unsafe Array($0) } == [UInt8](0..<32)
    }

    @Test func `what was sealed for a put opens for the same put, from its bytes`() throws {
        let attempt = try PutAttempt(sealed().bytes)
        #expect(attempt.artifact == artifact && attempt.dataKey == dataKey && attempt.root == statement.id)
        #expect(try isOpened(attempt, Self.terms()))
    }

    @Test func `it opens for no other put and with no other root`() throws {
        let attempt = try sealed()
        let others = try [
            Self.terms(vault: 2), Self.terms(name: "llama2"), Self.terms(kind: .credential), Self.terms(version: 4),
            Self.terms(tier: .sealed), Self.terms(paths: ["a"]), Self.terms(paths: ["b", "a"]),
        ]
        for other in others { #expect(code { _ = try attempt.open(other, with: root) } == "vault.unwrap_failed") }
        let foreign = try DecapsulationKey.generate(.mlKEM1024)
        #expect(code { _ = try attempt.open(Self.terms(), with: foreign) } == "vault.unwrap_failed")
    }

    @Test func `a changed byte is refused or does not open`() throws {
        let bytes = try sealed().bytes
        for place in stride(from: 0, to: bytes.count, by: 37) {
            let changed = bytes.flipping(place, 0)
            let refused = code { _ = try PutAttempt(changed).open(Self.terms(), with: root) }
            #expect(refused != nil, "byte \(place)")
        }
        for length in stride(from: 0, to: bytes.count, by: 53) {
            #expect(code { _ = try PutAttempt(Array(bytes[..<length])) } != nil, "\(length) bytes")
        }
    }

    @Test func `neither the key nor the name is in the bytes`() throws {
        let text = String(decoding: try sealed().bytes, as: UTF8.self)
        #expect(!text.contains("llama") && !text.contains(Base64.url.encode([UInt8](0..<32))))
    }
}
