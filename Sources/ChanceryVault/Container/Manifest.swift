public import ChancerySuite
internal import ChanceryWire

/// One file of an artifact, before anything was sealed.
public struct ManifestFile: Sendable, Equatable {
    public let path: FilePath
    /// Bytes of content, below ``BodyGeometry/maximumLength``.
    public let length: UInt64
    /// The statement of the file's content tree (``ContentTree/statement(root:length:)``).
    public let tree: Digest256

    public init(path: FilePath, length: UInt64, tree: Digest256) {
        self.path = path
        self.length = length
        self.tree = tree
    }
}

/// One version of one artifact as its vault states it. Its digest is what decisions and writs name, so it holds nothing
/// that changes when keys do (rule V1).
public struct Manifest: Sendable {
    public static let type = "chancery/vault-manifest/v1"
    public static let maximumFiles = 4096

    /// What a vault signs.
    public struct Terms: Sendable, Equatable {
        public let vault: VaultID
        public let artifact: ArtifactID
        public let name: ArtifactName
        public let kind: ArtifactKind
        /// Counted by the vault from 1.
        public let version: Int64
        public let tier: PrivacyTier
        /// In ascending order of the paths.
        public let files: [ManifestFile]
        public let metadata: ArtifactMetadata

        /// Sorts `files`.
        ///
        /// - Throws: `vault.invalid_record` for no file or too many, a length that no body can have, a version below 1, and
        ///   paths that are equal without regard to case or of which one is a folder of another.
        public init(
            vault: VaultID, artifact: ArtifactID, name: ArtifactName, kind: ArtifactKind, version: Int64, tier: PrivacyTier,
            files: [ManifestFile], metadata: ArtifactMetadata
        ) throws(VaultError) {
            guard (1...Manifest.maximumFiles).contains(files.count) else {
                throw VaultError(.invalidRecord, "an artifact has 1 to \(Manifest.maximumFiles) files, found \(files.count)")
            }
            guard (1...CanonicalForm.largestSafeInteger).contains(version) else {
                throw VaultError(.invalidRecord, "versions are counted from 1")
            }
            for file in files where file.length > BodyGeometry.maximumLength {
                throw VaultError(.invalidRecord, "`\(file.path)` is longer than a body can be")
            }
            if let path = FilePath.firstConflict(in: files.map(\.path)) {
                throw VaultError(.invalidRecord, "`\(path)` and another path cannot stand beside each other")
            }
            self.vault = vault
            self.artifact = artifact
            self.name = name
            self.kind = kind
            self.version = version
            self.tier = tier
            self.files = files.sorted { $0.path < $1.path }
            self.metadata = metadata
        }

        /// Bytes of content of all files together; at the limit of 64 bits it stays there.
        public var totalLength: UInt64 {
            files.reduce(0) { sum, file in
                let (next, overflow) = sum.addingReportingOverflow(file.length)
                return overflow ? .max : next
            }
        }

        /// One digest over all files, as attestations name the content: SHA3-256(`chancery/artifact-content/v1` ‖ 00 ‖ RFC 8785
        /// of the manifest's `files`).
        public var contentDigest: [UInt8] {
            get throws {
                let label = Array("chancery/artifact-content/v1".utf8) + [0]
                return Digest.sha3_256(label + (try CanonicalForm.jcs.encode(json["files"] ?? .null)))
            }
        }

        /// The file at `path`.
        ///
        /// - Throws: `vault.no_file` when the artifact has none there.
        public func file(_ path: FilePath) throws(VaultError) -> ManifestFile {
            guard let file = files.first(where: { $0.path == path }) else {
                throw VaultError(.noFile, "the artifact has no file `\(path)`")
            }
            return file
        }
    }

    public let record: VerifiedRecord
    public let terms: Terms
    /// The record's id.
    public let digest: ManifestDigest

    private init(_ record: VerifiedRecord, _ terms: Terms) {
        self.record = record
        self.terms = terms
        digest = ManifestDigest(record)
    }

    /// Signs `terms` with the vault's key.
    public static func sign(_ terms: Terms, by key: SigningKey<Purpose.Record>) throws -> Manifest {
        var body = terms.json
        body["salt"] = .string(Base64.url.encode(SystemRandom.bytes(16)))
        return Manifest(try VerifiedRecord.sign(body, type: type, by: key), terms)
    }

    /// Reads and verifies a manifest.
    ///
    /// - Throws: errors of reading and of a false signature, and those of ``Terms``.
    public static func verify(_ bytes: [UInt8], by key: VerifyingKey<Purpose.Record>) throws -> Manifest {
        let record = try UnverifiedRecord(decoding: bytes).verify(type: type, by: key)
        return Manifest(record, try Terms(record.body))
    }
}

extension Manifest.Terms {
    var json: JSONObject {
        [
            "artifact": .string(artifact.text), "kind": .string(kind.rawValue), "metadata": metadata.json,
            "files": .array(
                files.map { file in
                    [
                        "length": .integer(Int64(file.length)), "path": .string(file.path.text),
                        "tree": .string(Hex.encode(file.tree.bytes)),
                    ]
                }),
            "name": .string(name.text), "tier": .integer(Int64(tier.rawValue)), "vault": .string(vault.text),
            "version": .integer(version),
        ]
    }

    init(_ body: JSONObject) throws {
        var reader = RecordReader(body, "manifest")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let files = try reader.array("files", limit: Manifest.maximumFiles).map { element in
            var entry = try RecordReader(element, "file")
            let file = ManifestFile(
                path: try FilePath(entry.string("path", limit: FilePath.maximumBytes)),
                length: UInt64(try entry.integer("length")), tree: try entry.digest("tree"))
            try entry.finish()
            return file
        }
        guard let kind = ArtifactKind(rawValue: try reader.string("kind", limit: 64)) else {
            throw WireError(.invalidValue, "a manifest names a kind that is not known")
        }
        try self.init(
            vault: VaultID(reader.string("vault", limit: 32)), artifact: ArtifactID(reader.string("artifact", limit: 64)),
            name: ArtifactName(reader.string("name", limit: ArtifactName.maximumBytes)), kind: kind,
            version: reader.integer("version"), tier: reader.tier("tier"), files: files,
            metadata: ArtifactMetadata(reader.value("metadata")))
        try reader.finish()
        guard zip(files, self.files).allSatisfy({ $0.path == $1.path }) else {
            throw WireError(.notCanonical, "the files of a manifest do not ascend by path")
        }
    }
}

extension RecordReader {
    mutating func digest(_ name: String) throws(WireError) -> Digest256 {
        guard let digest = Digest256(try hex(name, count: 32)) else {
            throw WireError(.invalidValue, "`\(name)` must hold 32 bytes")
        }
        return digest
    }

    mutating func tier(_ name: String) throws(WireError) -> PrivacyTier {
        guard let tier = PrivacyTier(rawValue: UInt8(try integer(name, in: 0...4))) else {
            throw WireError(.invalidValue, "`\(name)` must lie in 0…4")
        }
        return tier
    }
}
