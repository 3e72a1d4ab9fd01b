public import ChancerySuite
internal import ChanceryWire

/// How one file of an artifact lies sealed.
public struct SealedFile: Sendable, Equatable {
    public let path: FilePath
    /// What the body starts with.
    public let header: BodyHeader
    /// Bytes of the whole body.
    public let length: UInt64

    public init(path: FilePath, header: BodyHeader, length: UInt64) {
        self.path = path
        self.header = header
        self.length = length
    }
}

/// How an artifact's content lies sealed: which data key, and what each body commits to. It names the manifest, and the
/// manifest does not name it, so sealing again under another key changes no writ (rule V1).
public struct Sealing: Sendable {
    public static let type = "chancery/vault-sealing/v1"
    public static let algorithm = "Cobblestone-256"

    public let record: VerifiedRecord
    public let manifest: ManifestDigest
    public let dataKey: DataKeyID
    /// In the order of the manifest's files.
    public let files: [SealedFile]

    private init(_ record: VerifiedRecord, _ manifest: ManifestDigest, _ dataKey: DataKeyID, _ files: [SealedFile]) {
        self.record = record
        self.manifest = manifest
        self.dataKey = dataKey
        self.files = files
    }

    /// Signs how the bodies of `manifest` lie sealed.
    ///
    /// - Throws: `vault.record_mismatch` unless there is one body of the right length for each file of the manifest.
    public static func sign(
        _ manifest: Manifest, dataKey: DataKeyID, files: [SealedFile], by key: SigningKey<Purpose.Record>
    ) throws -> Sealing {
        let files = files.sorted { $0.path < $1.path }
        try check(files, against: manifest)
        let body: JSONObject = [
            "algorithm": .string(algorithm), "data_key": .string(dataKey.text),
            "files": .array(
                files.map { file in
                    [
                        "commitment": .string(Hex.encode(file.header.commitment)), "length": .integer(Int64(file.length)),
                        "path": .string(file.path.text), "salt": .string(Hex.encode(file.header.salt)),
                    ]
                }),
            "manifest": .string(manifest.digest.text),
        ]
        return Sealing(try VerifiedRecord.sign(body, type: type, by: key), manifest.digest, dataKey, files)
    }

    /// Reads and verifies how the bodies of `manifest` lie sealed.
    ///
    /// - Throws: errors of reading and of a false signature; `vault.record_mismatch` when it belongs to another manifest.
    public static func verify(_ bytes: [UInt8], of manifest: Manifest, by key: VerifyingKey<Purpose.Record>) throws -> Sealing {
        let record = try UnverifiedRecord(decoding: bytes).verify(type: type, by: key)
        var reader = RecordReader(record.body, "sealing")
        _ = try reader.string("type", limit: 64)
        guard try reader.string("algorithm", limit: 64) == algorithm else {
            throw WireError(.invalidValue, "a sealing names an algorithm that is not known")
        }
        let dataKey = try DataKeyID(reader.string("data_key", limit: 32))
        let digest = try ManifestDigest(reader.string("manifest", limit: 64))
        let files = try reader.array("files", limit: Manifest.maximumFiles).map { element in
            var entry = try RecordReader(element, "sealed file")
            let file = SealedFile(
                path: try FilePath(entry.string("path", limit: FilePath.maximumBytes)),
                header: try BodyHeader(
                    salt: entry.hex("salt", count: BodyHeader.saltBytes),
                    commitment: entry.hex("commitment", count: BodyHeader.commitmentBytes)),
                length: UInt64(try entry.integer("length")))
            try entry.finish()
            return file
        }
        try reader.finish()
        guard digest == manifest.digest else {
            throw VaultError(.recordMismatch, "the sealing belongs to another manifest")
        }
        try check(files, against: manifest)
        return Sealing(record, digest, dataKey, files)
    }

    private static func check(_ files: [SealedFile], against manifest: Manifest) throws {
        guard files.map(\.path) == manifest.terms.files.map(\.path) else {
            throw VaultError(.recordMismatch, "the sealing lists other files than the manifest")
        }
        for (sealed, file) in zip(files, manifest.terms.files) {
            guard try sealed.length == BodyGeometry(length: file.length).bodyLength else {
                throw VaultError(.recordMismatch, "the body of `\(file.path)` does not have the length of its content")
            }
        }
        // One salt for two bodies would be one key for two texts if their paths were ever equal; it never happens by chance.
        guard Set(files.map(\.header.salt)).count == files.count else {
            throw VaultError(.invalidRecord, "two bodies of the sealing share a salt")
        }
    }

    /// How the file at `path` lies sealed.
    ///
    /// - Throws: `vault.no_file` when the artifact has none there.
    public func file(_ path: FilePath) throws(VaultError) -> SealedFile {
        guard let file = files.first(where: { $0.path == path }) else {
            throw VaultError(.noFile, "the artifact has no file `\(path)`")
        }
        return file
    }
}
