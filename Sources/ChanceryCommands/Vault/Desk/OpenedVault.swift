internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire

/// A vault that the command opens itself, for as long as it runs.
struct OpenedVault: VaultDesk {
    let home: Home
    let passphrase: PassphraseSource
    let options: GlobalOptions

    private func locked() throws -> Vault { try home.vault(passphrase, options) }
    private func unlocked() throws -> Vault { try home.unlockedVault(passphrase, options) }

    func status() throws -> JSONValue {
        let vault = try locked()
        var standing = try VaultBody.json(vault.status(), due: vault.dueKeys().count).object ?? JSONObject()
        standing["custody"] = try CustodyFile(home: home.path).read().capabilities.json
        return .object(standing)
    }

    func list() throws -> [JSONValue] { try locked().catalogue { $0.live }.map(VaultBody.json) }

    func versions(of artifact: String) throws -> [JSONValue] {
        let vault = try locked()
        let versions = try vault.catalogue { state in
            try artifact.utf8.starts(with: ArtifactID.prefix.utf8)
                ? state.versions(of: ArtifactID(artifact)) : state.history(of: ArtifactName(artifact))
        }
        guard !versions.isEmpty else {
            throw VaultError(.unknownArtifact, "the vault never had anything called `\(artifact)`")
        }
        return versions.map(VaultBody.json)
    }

    func show(_ which: VersionArguments) throws -> JSONValue {
        let vault = try locked()
        let entry = try which.entry(vault)
        let grants = try vault.catalogue { $0.grants.grants(of: entry.manifest) }
        return try VaultBody.json(entry, vault.manifest(of: entry), grants)
    }

    func put(
        _ new: Vault.NewArtifact, _ files: [PutFile], isResumable: Bool, progress: @escaping (Int) -> Void
    ) throws -> JSONValue {
        let entry = try unlocked().put(
            new, files: files.map { ($0.path, $0.content) }, by: VaultCaller.local,
            options: Vault.PutOptions(isResumable: isResumable), progress: progress)
        return VaultBody.json(entry)
    }

    func read(
        _ which: VersionArguments, for reader: ReaderOptions, right: AccessRight, _ part: WantedContent,
        to target: @escaping @Sendable (FilePath) throws -> FileTarget
    ) throws -> JSONValue {
        let vault = try unlocked()
        let operation = right == .export ? "get" : "cat"
        let (entry, caller) = (
            try which.entry(vault, for: operation), try home.caller(reader.agent, of: vault, for: operation)
        )
        let person = try reader.presence.person(options)
        let answer = try person?.answer(vault.askPresence(for: caller, entry, right: right))
        try Daemon.run {
            let opening = try await vault.open(entry, by: caller, right: right, presence: answer.map { .signed($0) }) {
                manifest in
                _ = try part.files(of: manifest)
            }
            for path in try part.files(of: opening.manifest) {
                guard case .file(_, let range?) = part else {
                    try await Self.read(path, of: opening, to: target(path))
                    continue
                }
                try await Self.read(range, path, of: opening, to: target(path))
            }
        }
        return VaultBody.json(entry)
    }

    private static func read(_ path: FilePath, of opening: VaultOpening, to file: FileTarget) async throws {
        try await opening.read(path) { bytes in try file.write(bytes) }
        try file.finish()
    }

    private static func read(
        _ range: Range<UInt64>, _ path: FilePath, of opening: VaultOpening, to file: FileTarget
    ) async throws {
        try await opening.read(range, of: path) { bytes in try file.write(bytes) }
        try file.finish()
    }

    func delete(_ which: VersionArguments, all: Bool, keepsRoot: Bool) throws -> [JSONValue] {
        let vault = try unlocked()
        let entry = try which.entry(vault, for: "delete")
        _ = try vault.delete(entry.artifact, version: all ? nil : entry.version, by: VaultCaller.local)
        if !keepsRoot { _ = try vault.rotateRoot(home.custody(passphrase, options), by: VaultCaller.local) }
        return try vault.catalogue { $0.versions(of: entry.artifact) }.filter { all || $0.version == entry.version }
            .map(VaultBody.json)
    }

    func grant(_ which: VersionArguments, to agent: String, seconds: Int64) throws -> JSONValue {
        let vault = try locked()
        let (entry, caller) = (try which.entry(vault, for: "grant"), try home.caller(agent, of: vault, for: "grant"))
        return VaultBody.granted(try vault.grant(entry, to: caller.principal, lifetime: seconds, by: VaultCaller.local))
    }

    func revoke(_ which: VersionArguments, from agent: String) throws -> JSONValue {
        let vault = try locked()
        let (entry, document) = (
            try which.entry(vault, for: "revoke"),
            try vault.recordingRefusal(of: "revoke", by: VaultCaller.local) {
                try home.registry.agent(called: agent).identity
            }
        )
        try vault.revoke(entry, from: document.did.text, by: VaultCaller.local)
        return VaultBody.revoked(document.did.text, entry)
    }

    func policy() throws -> JSONValue { try locked().policyInForce().json }

    func setPolicy(_ policy: AccessPolicy) throws { try locked().setPolicy(policy, by: VaultCaller.local) }
}
