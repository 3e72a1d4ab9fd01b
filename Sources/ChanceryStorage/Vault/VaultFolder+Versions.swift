public import ChanceryNode
public import ChanceryVault
internal import Foundation

/// Versions come and go by one rename of the folder of their bodies.
extension VaultFolder {
    public func draft(of artifact: ArtifactID, version: Int64) throws -> any VaultDraft {
        try VaultDraftFolder(.make(in: root)) { [root] draft in try Self.commit(draft, artifact, version, in: root) }
    }

    public func resumableDraft(of name: ArtifactName) throws -> any VaultResumableDraft {
        try Self.resumableDraft(of: name, in: root)
    }

    /// The draft of `name` in the vault's folder, whatever store it belongs to.
    public static func resumableDraft(of name: ArtifactName, in root: String) throws -> any VaultResumableDraft {
        try ResumableDraftFolder(.resumable(name, in: root)) { draft, artifact, version in
            try commit(draft, artifact, version, in: root)
        }
    }

    /// Moves the bodies of a draft to where those of the version belong.
    private static func commit(_ draft: ClaimedDraft, _ artifact: ArtifactID, _ version: Int64, in root: String) throws {
        let folder = try makeFolder(VaultLayout.folders(artifact, version), in: root, syncing: true)
        let isReplaced = folder.isFolder(VaultLayout.bodies)
        if isReplaced { try folder.rename(VaultLayout.bodies, to: draft.folder, "old") }
        do {
            try draft.folder.rename(VaultLayout.bodies, to: folder, VaultLayout.bodies)
        } catch {
            if isReplaced { try? draft.folder.rename("old", to: folder, VaultLayout.bodies) }
            throw error
        }
        try folder.sync()
    }

    public func open(
        _ part: VaultBodyPart, of artifact: ArtifactID, version: Int64, index: Int
    ) throws -> any VaultReading {
        let name = try VaultLayout.name(of: part, index)
        let folders = VaultLayout.folders(artifact, version) + [VaultLayout.bodies]
        guard let file = try Self.folder(folders, in: root)?.file(name, O_RDONLY) else {
            throw VaultError(.bodyMissing, "`\(name)` of version \(version) of `\(artifact.text)` is not there")
        }
        return try BodyReader(file, called: name)
    }

    public func remove(_ artifact: ArtifactID, version: Int64) throws {
        guard let folder = try Self.folder(VaultLayout.folders(artifact, version), in: root) else { return }
        if folder.isFolder(VaultLayout.bodies) {
            // Out of sight at once; a crash from here on leaves a draft.
            let draft = try ClaimedDraft.make(in: root)
            try folder.rename(VaultLayout.bodies, to: draft.folder, VaultLayout.bodies)
            try folder.sync()
            try draft.remove()
        }
        try removeEmpty(artifact, version)
    }

    public func removeLeftovers(isKnown: (ArtifactID, Int64) -> Bool) throws -> Int {
        let drafts = try ClaimedDraft.leftovers(in: root) + ClaimedDraft.abandoned(in: root)
        for draft in drafts { try draft.remove() }
        try eraseAside()
        var removed = drafts.count
        guard let artifacts = try Self.folder([VaultLayout.artifacts], in: root) else { return removed }
        for name in try artifacts.names() {
            guard let artifact = VaultLayout.artifact(named: name), let versions = try artifacts.folder(name) else { continue }
            for name in try versions.names() {
                guard let version = VaultLayout.version(named: name), let folder = try versions.folder(name) else { continue }
                if isKnown(artifact, version) {
                    try folder.eraseAside()
                } else {
                    let draft = try ClaimedDraft.make(in: root)
                    try versions.rename(name, to: draft.folder, "version")
                    try versions.sync()
                    try draft.remove()
                    removed += 1
                }
            }
            _ = try artifacts.removeEmpty(name)
        }
        return removed
    }

    /// Removes the folders of a version that holds nothing any more.
    func removeEmpty(_ artifact: ArtifactID, _ version: Int64) throws {
        let folders = VaultLayout.folders(artifact, version)
        guard let versions = try Self.folder(folders.dropLast(), in: root), try versions.removeEmpty(folders[2]) else { return }
        try versions.sync()
        guard let artifacts = try Self.folder([VaultLayout.artifacts], in: root) else { return }
        if try artifacts.removeEmpty(folders[1]) { try artifacts.sync() }
    }
}
