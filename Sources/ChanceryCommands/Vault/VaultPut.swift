internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

struct VaultPut: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Seal a file or a folder as the next version of an artifact.",
        discussion: """
            A folder's files keep their relative paths. With - a secret is read from standard input.

            With --resumable a put that is interrupted is kept, sealed, for seven days: the same command again reads the \
            content from its start, compares it, and writes what is missing. --discard forgets it.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "What the artifact is called.") var name: String
    @Argument(help: ArgumentHelp("A file, a folder, or - for standard input.", valueName: "path")) var path: String?
    @Option(
        help: "model-weights, lora-adapter, tokenizer, credential, biometric-template, inference-cache, safety-model, other.")
    var kind = ArtifactKind.modelWeights
    @Option(help: "Privacy tier, 0 to 4; 2 and above need evidence of a trusted execution environment.") var tier: UInt8 = 1
    @Option(help: "The owner's own name of this version, such as 1.0.0.") var release = ""
    @Option(help: "What it is.") var description = ""
    @Option(help: "A tag; may be repeated.") var tag: [String] = []
    @Option(help: "The bundle that it was made for.") var bundle = ""
    @Option(help: "The device that it came from.") var device = ""
    @Option(help: "The DID of the model.") var modelDID = ""
    @Flag(help: "Keep the put when it is interrupted, and continue an interrupted one.") var resumable = false
    @Flag(help: "Forget the interrupted put of this name; nothing is put.") var discard = false

    var access: Home.Access { .writing("vault put") }

    func run() throws {
        // The store of a home on a full disk cannot be opened, and that is when a put is discarded.
        try discard ? forget() : runInHome()
    }

    func run(in home: Home) throws {
        guard let tier = PrivacyTier(rawValue: tier) else { throw UsageError("--tier is 0, 1, 2, 3 or 4") }
        guard let path else { throw UsageError("give a path to put, or --discard without one") }
        let contents = try Self.contents(path)
        let desk = home.vaultDesk(passphrase, options, needsSecret: resumable || contents.count > 1)
        let new = try Vault.NewArtifact(
            name: ArtifactName(name), kind: kind, tier: tier,
            metadata: ArtifactMetadata(
                created: Home.now(), release: release, description: description, bundle: bundle, device: device,
                model: modelDID,
                tags: tag))
        let total = contents.reduce(UInt64(0)) { $0 + $1.length }
        var progress = Progress("sealing", quiet: options.quiet)
        var done: UInt64 = 0
        let entry = try desk.put(new, contents, isResumable: resumable) { count in
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

    private func forget() throws {
        guard path == nil, !resumable else { throw UsageError("give a path to put, or --discard without one") }
        let vault = Home.path(options) + "/vault"
        guard FileManager.default.fileExists(atPath: vault) else {
            throw NodeError(.notFound, "this home has no vault; `chancery vault init` makes one")
        }
        let discarded = try Vault.discardPut(VaultFolder.resumableDraft(of: ArtifactName(name), in: vault))
        if discarded == .removed {
            options.remark("note: its key, sealed under the root, was removed and could not be overwritten")
        }
        try options.show(["discarded": .bool(discarded != .nothing)]) {
            discarded == .nothing ? "no put of \(name) was interrupted" : "the interrupted put of \(name) is forgotten"
        }
    }

    private static func contents(_ path: String) throws -> [PutFile] {
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
        guard try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeDirectory else {
            throw UsageError("`\(path)` is a link to a folder; links are not followed")
        }
        let found = try FileManager.default.subpathsOfDirectory(atPath: path).sorted().compactMap {
            relative -> PutFile? in
            let whole = path + "/" + relative
            var status = stat()
            guard unsafe lstat(whole, &status) == 0 else {
                throw UsageError("`\(path)` holds a file whose name is not UTF-8, near `\(relative)`, or that is gone")
            }
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
