internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

struct VaultPut: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Seal a file or a folder as the next version of an artifact.",
        discussion: "A folder's files keep their relative paths. With - a secret is read from standard input.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "What the artifact is called.") var name: String
    @Argument(help: ArgumentHelp("A file, a folder, or - for standard input.", valueName: "path")) var path: String
    @Option(
        help: "model-weights, lora-adapter, tokenizer, credential, biometric-template, inference-cache, safety-model, other.")
    var kind = ArtifactKind.modelWeights
    @Option(help: "Privacy tier, 0 to 4; 2 and above need evidence of a trusted execution environment.") var tier: UInt8 = 1
    @Option(help: "The owner's own name of this version, such as 1.0.0.") var release = ""
    @Option(help: "What it is.") var description = ""
    @Option(help: "A tag; may be repeated.") var tag: [String] = []

    var access: Home.Access { .writing("vault put") }

    func run(in home: Home) throws {
        guard let tier = PrivacyTier(rawValue: tier) else { throw UsageError("--tier is 0, 1, 2, 3 or 4") }
        let contents = try contents()
        let desk = home.vaultDesk(passphrase, options, needsSecret: contents.count > 1)
        let new = try Vault.NewArtifact(
            name: ArtifactName(name), kind: kind, tier: tier,
            metadata: ArtifactMetadata(created: Home.now(), release: release, description: description, tags: tag))
        let total = contents.reduce(UInt64(0)) { $0 + $1.length }
        var progress = Progress("sealing", quiet: options.quiet)
        var done: UInt64 = 0
        let entry = try desk.put(new, contents) { count in
            done += UInt64(count)
            progress.update(min(done, total), of: total)
        }
        try options.show(entry) {
            """
            \(VaultView.text(entry, "name")), version \(VaultView.text(entry, "version")): \(VaultView.text(entry, "length")) \
            bytes sealed
            manifest  \(VaultView.text(entry, "manifest"))
            """
        }
    }

    private func contents() throws -> [PutFile] {
        if path == "-" {
            let bytes = try UserFile.read("-", limit: 1 << 20)
            return [PutFile(path: try FilePath("secret"), length: UInt64(bytes.count), content: BytesContent(bytes))]
        }
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw NodeError(.notFound, "`\(path)` does not exist")
        }
        guard isFolder.boolValue else {
            let file = try FileContent(path)
            let name = URL(fileURLWithPath: path).lastPathComponent
            return [PutFile(path: try FilePath(name), length: file.length, content: file)]
        }
        let found = try FileManager.default.subpathsOfDirectory(atPath: path).sorted().compactMap {
            relative -> PutFile? in
            let whole = path + "/" + relative
            let type = try FileManager.default.attributesOfItem(atPath: whole)[.type] as? FileAttributeType
            switch type {
            case .typeDirectory?: return nil
            case .typeRegular?:
                let file = try FileContent(whole)
                return PutFile(path: try FilePath(relative), length: file.length, content: file)
            default: throw UsageError("`\(whole)` is neither a file nor a folder; links are not followed")
            }
        }
        guard !found.isEmpty else { throw UsageError("`\(path)` holds no file") }
        return found
    }
}

/// A file of the user, read from its start to its end. It is open only while it is read, and must not change meanwhile.
final class FileContent: VaultContent {
    let length: UInt64
    private let path: String
    private let changed: timespec
    private var descriptor: Int32 = -1
    private var done: UInt64 = 0
    private var isEnded = false

    init(_ path: String) throws {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw NodeError(.notFound, "`\(path)` does not exist") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw UsageError("`\(path)` is no file; links are not followed")
        }
        self.path = path
        length = UInt64(status.st_size)
        changed = status.st_mtim
    }

    /// - Throws: `store.conflict` for a file that is not what it was when the put began.
    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        guard !isEnded else { return 0 }
        if descriptor < 0 { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { throw unreadable }
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Foundation.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw unreadable }
        done += UInt64(count)
        if count == 0 {
            try requireUnchanged()
            close(descriptor)
            (descriptor, isEnded) = (-1, true)
        }
        return count
    }

    private func requireUnchanged() throws {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, done == length, status.st_size == Int(clamping: length),
            status.st_mtim.tv_sec == changed.tv_sec, status.st_mtim.tv_nsec == changed.tv_nsec
        else { throw NodeError(.storeConflict, "`\(path)` changed while it was read; nothing was put") }
    }

    private var unreadable: NodeError {
        NodeError(.storeUnavailable, unsafe "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
