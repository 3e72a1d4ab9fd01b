internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

/// What the vault commands do, wherever the vault is open. Results are those of `--json`.
protocol VaultDesk {
    func status() throws -> JSONValue
    /// Every version that can be opened.
    func list() throws -> [JSONValue]
    func versions(of artifact: String) throws -> [JSONValue]
    func show(_ which: VersionArguments) throws -> JSONValue
    /// Seals `files` as the next version; `progress` hears of the bytes that were taken.
    ///
    /// - Parameter isResumable: whether what a crash leaves is continued; not at an agent.
    func put(
        _ new: Vault.NewArtifact, _ files: [PutFile], isResumable: Bool, progress: @escaping (Int) -> Void
    ) throws -> JSONValue
    /// Gives content to what `target` makes for each file. However many files, it is one use.
    ///
    /// - Returns: the version.
    func read(
        _ which: VersionArguments, for reader: ReaderOptions, right: AccessRight, _ part: WantedContent,
        to target: @escaping @Sendable (FilePath) throws -> FileTarget
    ) throws -> JSONValue
    /// - Parameter keepsRoot: leaves the root in place, so that the versions are `unlinked` and not `destroyed`.
    func delete(_ which: VersionArguments, all: Bool, keepsRoot: Bool) throws -> [JSONValue]
    func grant(_ which: VersionArguments, to agent: String, seconds: Int64) throws -> JSONValue
    func revoke(_ which: VersionArguments, from agent: String) throws -> JSONValue
    func policy() throws -> JSONValue
    func setPolicy(_ policy: AccessPolicy) throws
}

/// A file that is put.
struct PutFile {
    let path: FilePath
    let length: UInt64
    let content: any VaultContent
}

/// Which content of a version is read.
enum WantedContent: Sendable {
    case everything
    /// One file, the only one when it is not named; whole, or the bytes of a range.
    case file(String?, Range<UInt64>?)

    /// The files among those of a version.
    ///
    /// - Throws: a usage error where one of several must be named, `vault.invalid_name`, `vault.no_file`, `vault.body_length` for
    ///   a range beyond it.
    func files(of manifest: Manifest) throws -> [FilePath] {
        let files = manifest.terms.files
        guard case .file(let name, let range) = self else { return files.map(\.path) }
        guard let path = try name.map({ try FilePath($0) }) ?? (files.count == 1 ? files.first?.path : nil) else {
            throw UsageError("the version has \(files.count) files; --file names one")
        }
        guard let file = files.first(where: { $0.path == path }) else {
            throw VaultError(.noFile, "the artifact has no file `\(path)`")
        }
        guard range.map({ $0.upperBound <= file.length }) ?? true else {
            throw VaultError(.bodyLength, "`\(path)` has \(file.length) bytes")
        }
        return [path]
    }
}

extension Home {
    /// Where this command finds the vault: at the agent that holds it open, when one answers and the command neither brings a
    /// passphrase nor needs one; else it opens the vault itself.
    ///
    /// - Parameter needsSecret: for what an agent does not do: replacing the root, putting several files, and putting them resumably.
    func vaultDesk(
        _ passphrase: PassphraseSource, _ options: GlobalOptions, needsSecret: Bool = false
    ) -> any VaultDesk {
        if !needsSecret, !passphrase.isGiven, let agent = VaultAgentClient(answeringAt: agentSocket, options) { return agent }
        return OpenedVault(home: self, passphrase: passphrase, options: options)
    }

    /// Where an agent of this home's vault answers.
    var agentSocket: String { path + "/vault/agent.sock" }
}
