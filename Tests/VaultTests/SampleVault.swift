import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit

/// The same numbers for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 11) }
    }
}

func secret(_ bytes: [UInt8]) -> SecretBytes {
    var copy = bytes
    return SecretBytes(erasing: &copy)
}

/// One version of an artifact with its keys and, in memory, its bodies.
struct SampleVault {
    static let dataKey = [UInt8](0..<32)

    let key: SigningKey<Purpose.Record>
    let recipient: DecapsulationKey
    let terms: Manifest.Terms
    let manifest: Manifest
    let sealing: Sealing
    let keyring: SignedKeyring
    let bodies: [FilePath: [UInt8]]
    let hashers: [FilePath: ContentHasher]

    var container: Container { get throws { try Container(manifest: manifest, sealing: sealing, keyring: keyring) } }

    init(
        _ contents: [String: [UInt8]] = ["config.json": [1, 2, 3], "weights/part-1": [UInt8](repeating: 5, count: 20_000)],
        key: SigningKey<Purpose.Record>? = nil, recipient: DecapsulationKey? = nil, artifact: UInt8 = 2, version: Int64 = 1,
        tier: PrivacyTier = .sealed, kind: ArtifactKind = .modelWeights, dataKeyID: UInt8 = 3, counter: Int64 = 1
    ) throws {
        let vault = try VaultID([UInt8](repeating: 1, count: 16))
        let artifact = try ArtifactID([UInt8](repeating: artifact, count: 16))
        let dataKeyID = try DataKeyID([UInt8](repeating: dataKeyID, count: 16))
        let dataKey = secret(Self.dataKey)
        self.key = try key ?? SigningKey.generate(.hybrid)
        self.recipient = try recipient ?? DecapsulationKey.generate(WrapAlgorithm.of(tier).encapsulation)
        var files: [ManifestFile] = []
        var sealed: [SealedFile] = []
        var bodies: [FilePath: [UInt8]] = [:]
        var hashers: [FilePath: ContentHasher] = [:]
        for (name, content) in contents {
            let path = try FilePath(name)
            let context = try BodyContext(
                vault: vault, artifact: artifact, version: version, path: path, dataKey: dataKeyID, tier: tier)
            let cipher = try BodyCipher(sealing: context, dataKey: dataKey)
            let hasher = try ContentHasher(kind, context: context, dataKey: dataKey)
            let (body, summary) = try sealWhole(content, cipher, hasher)
            files.append(ManifestFile(path: path, length: summary.length, tree: summary.tree))
            sealed.append(SealedFile(path: path, header: cipher.header, length: summary.bodyLength))
            bodies[path] = body
            hashers[path] = hasher
        }
        terms = try Manifest.Terms(
            vault: vault, artifact: artifact, name: ArtifactName("llama:8b"), kind: kind, version: version, tier: tier,
            files: files, metadata: ArtifactMetadata(created: UTCTime(seconds: 1_800_000_000), release: "1.0.0", tags: ["a"]))
        manifest = try Manifest.sign(terms, by: self.key)
        sealing = try Sealing.sign(manifest, dataKey: dataKeyID, files: sealed, by: self.key)
        let context = WrapContext(manifest: manifest.digest, dataKey: dataKeyID, tier: tier)
        let wrap = try WrappedKey.wrap(
            dataKey, in: context, to: EncapsulationKey(self.recipient.algorithm, self.recipient.publicKey))
        keyring = try KeyringBatch.sign([Keyring(context, counter: counter, wraps: [wrap])], of: vault, by: self.key)[0]
        self.bodies = bodies
        self.hashers = hashers
    }

    /// The content of a file, opened from its body `bytes` as the container says.
    func open(_ path: FilePath, _ bytes: [UInt8]) throws -> [UInt8] {
        let file = try manifest.terms.file(path)
        guard UInt64(bytes.count) == (try sealing.file(path).length) else {
            throw VaultError(.bodyLength, "the body has another length")
        }
        let dataKey = try keyring.keyring.dataKey(with: recipient)
        let header = try BodyHeader(decoding: Array(bytes[..<BodyHeader.byteCount]))
        let cipher = try container.cipher(for: path, header: header, dataKey: dataKey)
        var opener = try BodyOpener(cipher, of: file, hashing: hashers[path]!)
        var content = [UInt8](repeating: 0, count: Int(file.length))
        var target = content.mutableSpan
        try opener.open(
            bytes.span.extracting(BodyHeader.byteCount..<bytes.count), count: UInt64(opener.remaining.count), into: &target)
        try opener.finish()
        return content
    }
}

/// Chunk after chunk, as content of unknown length is sealed.
func sealWhole(_ content: [UInt8], _ cipher: BodyCipher, _ hasher: ContentHasher) throws -> ([UInt8], BodySummary) {
    var sealer = BodySealer(cipher, hashing: hasher)
    var body = cipher.header.bytes
    var start = 0
    while !sealer.isEnded {
        let chunk = content[start..<min(start + BodyGeometry.chunkBytes, content.count)]
        start += chunk.count
        var sealed = [UInt8](repeating: 0, count: chunk.count + 16)
        var target = sealed.mutableSpan
        _ = try sealer.seal(Array(chunk).span, into: &target)
        body += sealed
    }
    return (body, try sealer.finish())
}

/// Whether `body` is refused with a typed error.
func isRefused(_ body: () throws -> Void) -> Bool {
    code(of: body).map { !$0.hasPrefix("untyped") } ?? false
}
