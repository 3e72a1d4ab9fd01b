import ChancerySuite
import ChanceryVault
import ChanceryWire
import TestKit
import Testing

struct BodyTests {
    private static let edges = [0, 1, 16_383, 16_384, 16_385, 32_767, 32_768, 32_769]
    private static let context = Array("ctx".utf8)

    private static func content(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * 131 + $0 / 16_384 * 7) }
    }

    @Test func `the derivation has the check values of the specification`() throws {
        let cipher = try BodyCipher(dataKey: secret(SampleVault.dataKey), salt: [UInt8](0..<24), context: Self.context)
        #expect(
            Hex.encode(cipher.header.commitment) == "7598d14143795fd2b6eca59efebe79e4477d6b75d52ad336401c2e5ab8e1c363")
        var key = try Hex.decode("d0e4efb19dff48405f77272736b5ac09dcbb26678ffc603fafb88394cf82a9c8")
        let nonce = try Hex.decode("d0f0c2d65d8739eea9824b75")
        var sealed = [UInt8](repeating: 0, count: 19)
        var target = sealed.mutableSpan
        try cipher.seal([1, 2, 3].span, at: 0, into: &target)
        #expect(try sealed == AEAD.seal([1, 2, 3], key: SecretBytes(erasing: &key), nonce: nonce))
    }

    /// Sealed with `cryptography.cobblestone` 50.0.2: salt and SHA-256 of the whole body.
    @Test(arguments: [
        (
            0, "13dcd1da0b755086677081fdc2ddb4cc9b23cf5eed034530",
            "88d1895520731595ad46e6b40b942b5251b805042f806e94e616c05668909f14"
        ),
        (
            16_384, "6e78f35336ceffc0323a3d77a2c51b07992fa57c9867ab22",
            "0a96b24d320b63eca0e736bc3ec524e878c7da9432484398760a40991907d28e"
        ),
        (
            40_000, "36ac781be117238f10fd9a29143f210227afb586e8a58519",
            "91bce3637c0febca4fc48a6daba1db99e1066a72b474a2ae752f8bdbae1fae9b"
        ),
    ])
    func `a body is byte for byte that of another implementation`(length: Int, salt: String, hash: String) throws {
        let cipher = try BodyCipher(dataKey: secret(SampleVault.dataKey), salt: Hex.decode(salt), context: Self.context)
        let (body, summary) = try sealWhole(Self.content(length), cipher, ContentHasher())
        #expect(Hex.encode(Digest.sha256(body)) == hash)
        #expect(summary.length == UInt64(length))
        #expect(summary.bodyLength == UInt64(body.count))
    }

    @Test(arguments: edges)
    func `runs sealed side by side are the body sealed in order`(length: Int) throws {
        let content = Self.content(length)
        let cipher = try BodyCipher(dataKey: secret(SampleVault.dataKey), salt: [UInt8](0..<24), context: Self.context)
        let (body, summary) = try sealWhole(content, cipher, ContentHasher())
        let geometry = try BodyGeometry(length: UInt64(length))
        var assembled = cipher.header.bytes + [UInt8](repeating: 0, count: body.count - BodyHeader.byteCount)
        var leaves: [UInt64: [Digest256]] = [:]
        for run in Array(geometry.runs(of: 1)).reversed() {
            let from = try geometry.contentRange(of: run)
            let to = try geometry.sealedRange(of: run)
            var sealed = [UInt8](repeating: 0, count: to.count)
            var target = sealed.mutableSpan
            leaves[run.lowerBound] = try cipher.seal(
                content.span.extracting(Int(from.lowerBound)..<Int(from.upperBound)), chunks: run, of: geometry,
                hashing: ContentHasher(), into: &target)
            assembled.replaceSubrange(Int(to.lowerBound)..<Int(to.upperBound), with: sealed)
        }
        #expect(assembled == body)
        let all = leaves.sorted { $0.key < $1.key }.flatMap(\.value)
        #expect(all == ContentHasher().leaves(of: content.span, endingBody: true))
        try ManifestFile(path: FilePath("f"), length: UInt64(length), tree: summary.tree).check(all)
    }

    @Test(arguments: edges, [ArtifactKind.modelWeights, .credential])
    func `what was sealed opens`(length: Int, kind: ArtifactKind) throws {
        let content = Self.content(length)
        let vault = try SampleVault(["f": content], kind: kind)
        let path = try FilePath("f")
        #expect(try vault.open(path, vault.bodies[path]!) == content)
    }

    @Test func `every flipped bit, cut and addition of a body is refused`() throws {
        let vault = try SampleVault(["f": Self.content(50)])
        let path = try FilePath("f")
        let body = vault.bodies[path]!
        for place in body.indices {
            for bit in 0..<8 {
                #expect(code { _ = try vault.open(path, body.flipping(place, UInt8(bit))) } == "vault.body_altered")
            }
            #expect(code { _ = try vault.open(path, Array(body[..<place])) } == "vault.body_length")
        }
        #expect(code { _ = try vault.open(path, body + [0]) } == "vault.body_length")
    }

    @Test func `chunks that change places or bodies are refused`() throws {
        let content = Self.content(50_000)
        let vault = try SampleVault(["f": content, "g": content])
        let (path, other) = (try FilePath("f"), try FilePath("g"))
        let body = vault.bodies[path]!
        let (first, second) = (body[56..<16_456], body[16_456..<32_856])
        for (one, two) in [(second, first), (first, first), (second, second)] {
            let moved = Array(body[..<56] + one + two + body[32_856...])
            #expect(code { _ = try vault.open(path, moved) } == "vault.body_altered")
        }
        #expect(code { _ = try vault.open(path, vault.bodies[other]!) } == "vault.body_altered")
        let mixed = Array(body[..<56] + vault.bodies[other]![56...])
        #expect(code { _ = try vault.open(path, mixed) } == "vault.body_altered")
    }

    @Test func `a body opens in its own place and with its own key alone`() throws {
        let path = try FilePath("f")
        func context(
            vault: UInt8 = 1, artifact: UInt8 = 1, version: Int64 = 1, path: String = "f", key: UInt8 = 1,
            tier: PrivacyTier = .open
        ) throws -> BodyContext {
            func id(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 16) }
            return try BodyContext(
                vault: VaultID(id(vault)), artifact: ArtifactID(id(artifact)), version: version, path: FilePath(path),
                dataKey: DataKeyID(id(key)), tier: tier)
        }
        let header = try BodyCipher(sealing: context(), dataKey: secret(SampleVault.dataKey)).header
        _ = try BodyCipher(opening: header, context: context(), dataKey: secret(SampleVault.dataKey))
        let others = [
            try context(vault: 2), try context(artifact: 2), try context(version: 2), try context(path: "g"),
            try context(key: 2), try context(tier: .sealed),
        ]
        for other in others {
            let error = #expect(throws: VaultError.self) {
                try BodyCipher(opening: header, context: other, dataKey: secret(SampleVault.dataKey))
            }
            #expect(error?.reason == .wrongKey)
        }
        #expect(throws: VaultError.self) {
            try BodyCipher(opening: header, context: context(), dataKey: secret([UInt8](1..<33)))
        }
        #expect(throws: VaultError.self) {
            try BodyCipher(opening: header, context: context(), dataKey: secret([UInt8](0..<31)))
        }
        #expect(throws: VaultError.self) { try context(version: 0) }
        #expect(path.text == "f")
    }

    @Test func `other content under the right data key is not what the manifest states`() throws {
        let content = Self.content(40_000)
        var forged = content
        forged[20_000] ^= 1
        let vault = try SampleVault(["f": content])
        let path = try FilePath("f")
        // Who holds the data key seals other content under the header that the sealing names.
        let cipher = try BodyCipher(
            sealing: vault.container.bodyContext(path), dataKey: secret(SampleVault.dataKey),
            salt: vault.sealing.file(path).header.salt)
        let (body, _) = try sealWhole(forged, cipher, ContentHasher())
        #expect(code { _ = try vault.open(path, body) } == "vault.content_mismatch")
        let file = try vault.manifest.terms.file(path)
        let hasher = vault.hashers[path]!
        let tree = TreeLevels(leaves: hasher.leaves(of: content.span, endingBody: true))
        let leaf = hasher.leaf(of: forged.span.extracting(16_384..<32_768))
        #expect(code { try file.check(leaf, at: tree.proof(of: 1)) } == "vault.content_mismatch")
        #expect(code { try file.check(hasher.leaves(of: forged.span, endingBody: true)) } == "vault.content_mismatch")
    }

    @Test func `a range that is read alone is what the whole read gives there`() throws {
        var numbers = SeededNumbers(0xace5_2026)
        let content = numbers.bytes(100_000)
        let vault = try SampleVault(["f": content])
        let path = try FilePath("f")
        let (body, file, hasher) = (vault.bodies[path]!, try vault.manifest.terms.file(path), vault.hashers[path]!)
        let geometry = try BodyGeometry(length: file.length)
        let header = try BodyHeader(decoding: Array(body[..<56]))
        let cipher = try vault.container.cipher(for: path, header: header, dataKey: secret(SampleVault.dataKey))
        let levels = TreeLevels(leaves: hasher.leaves(of: content.span, endingBody: true))
        for _ in 0..<200 {
            let first = UInt64.random(in: 0..<file.length, using: &numbers)
            let range = first..<UInt64.random(in: first...file.length, using: &numbers)
            let chunks = try geometry.chunks(covering: range)
            let (sealed, covered) = (try geometry.sealedRange(of: chunks), try geometry.contentRange(of: chunks))
            var opened = [UInt8](repeating: 0, count: covered.count)
            var target = opened.mutableSpan
            let leaves = try cipher.open(
                body.span.extracting(Int(sealed.lowerBound)..<Int(sealed.upperBound)), chunks: chunks, of: geometry,
                hashing: hasher, into: &target)
            for (leaf, index) in zip(leaves, chunks) { try file.check(leaf, at: levels.proof(of: index)) }
            if !range.isEmpty {
                let start = Int(range.lowerBound - covered.lowerBound)
                #expect(opened[start..<start + range.count] == content[Int(range.lowerBound)..<Int(range.upperBound)])
            }
        }
    }

    @Test func `several tasks seal one body at once`() async throws {
        let content = Self.content(40 * 16_384 + 5)
        let cipher = try BodyCipher(dataKey: secret(SampleVault.dataKey), salt: [UInt8](0..<24), context: Self.context)
        let geometry = try BodyGeometry(length: UInt64(content.count))
        let runs = try await withThrowingTaskGroup(of: (UInt64, [UInt8], [Digest256]).self) { group in
            for run in geometry.runs(of: 3) {
                group.addTask {
                    let from = try geometry.contentRange(of: run)
                    var sealed = [UInt8](repeating: 0, count: try geometry.sealedRange(of: run).count)
                    var target = sealed.mutableSpan
                    let leaves = try cipher.seal(
                        content.span.extracting(Int(from.lowerBound)..<Int(from.upperBound)), chunks: run, of: geometry,
                        hashing: ContentHasher(), into: &target)
                    return (run.lowerBound, sealed, leaves)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        let (body, summary) = try sealWhole(content, cipher, ContentHasher())
        #expect(cipher.header.bytes + runs.flatMap(\.1) == body)
        try ManifestFile(path: FilePath("f"), length: summary.length, tree: summary.tree).check(runs.flatMap(\.2))
    }

    @Test func `a body ends once, with a chunk that is shorter than the others`() throws {
        let cipher = try BodyCipher(dataKey: secret(SampleVault.dataKey), salt: [UInt8](0..<24), context: Self.context)
        var sealer = BodySealer(cipher, hashing: ContentHasher())
        #expect(code { _ = try sealer.finish() } == "vault.body_order")
        func seal(_ count: Int, room: Int) -> String? {
            var buffer = [UInt8](repeating: 0, count: room)
            return code {
                var target = buffer.mutableSpan
                _ = try sealer.seal([UInt8](repeating: 1, count: count).span, into: &target)
            }
        }
        #expect(seal(16_385, room: 16_401) == "vault.body_order")
        #expect(seal(16_384, room: 16_399) == "vault.body_order")
        #expect(seal(16_384, room: 16_400) == nil)
        #expect(code { _ = try sealer.finish() } == "vault.body_order")
        #expect(seal(0, room: 16) == nil)
        #expect(seal(0, room: 16) == "vault.body_order")
        #expect(try sealer.finish().length == 16_384)
    }

    @Test func `hashes of content that can be guessed need the data key`() throws {
        let pin = Array("1234".utf8)
        let open = ContentTree.statement(root: ContentHasher().leaf(of: pin.span), length: 4)
        for kind in ArtifactKind.allCases {
            let first = try SampleVault(["f": pin], kind: kind).manifest.terms.files[0].tree
            let second = try SampleVault(["f": pin], version: 2, kind: kind).manifest.terms.files[0].tree
            #expect((first == open) == !kind.isBlinded)
            #expect((first == second) == !kind.isBlinded)
        }
    }
}
