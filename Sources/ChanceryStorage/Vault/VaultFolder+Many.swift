public import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// Many small files at once, with a few syncs of the whole filesystem in place of several for each file.
extension VaultFolder {
    /// So few files are synced one by one: what others wrote to the filesystem does not hold them up.
    private static let few = 8

    public func write(_ all: [(file: VaultFile, bytes: [UInt8])]) throws {
        guard all.count > Self.few else {
            for (file, bytes) in all { try write(bytes, as: file, replacing: true) }
            return
        }
        var prepared: [(file: VaultFile, temporary: String)] = []
        var isInstalled = false
        defer {
            // After a failure, what is still beside its place goes.
            if !isInstalled { for (file, temporary) in prepared { try? inFolder(of: file) { try $0.wipe(temporary) } } }
        }
        for (file, bytes) in all {
            guard bytes.count <= Self.limit else {
                throw WireError(.tooLong, "a small file of a vault has at most \(Self.limit) bytes")
            }
            let place = try place(of: file)
            let temporary = try Self.makeFolder(place.folders, in: place.root).prepare(bytes, as: place.name, syncing: false)
            prepared.append((file, temporary))
        }
        try syncAll()
        var replaced: [(file: VaultFile, name: String)] = []
        for (file, temporary) in prepared {
            let name = try place(of: file).name
            try inFolder(of: file) { folder in
                if let old = try folder.install(temporary, as: name, wiping: file.holdsKeys) { replaced.append((file, old)) }
            }
        }
        isInstalled = true
        try syncAll()
        try eraseAll(replaced)
    }

    public func erase(_ all: [VaultFile]) throws {
        guard all.count > Self.few else {
            for file in all { try erase(file) }
            return
        }
        try eraseAll(all.map { ($0, try place(of: $0).name) })
        for file in all {
            if let (artifact, version) = file.version { try removeEmpty(artifact, version) }
        }
    }

    /// Overwrites files under the names that they have beside or in the places of `all`, and takes the names.
    private func eraseAll(_ all: [(file: VaultFile, name: String)]) throws {
        guard !all.isEmpty else { return }
        for (file, name) in all { try inFolder(of: file) { try $0.file(name, O_WRONLY)?.wipe(syncing: false) } }
        try syncAll()
        for (file, name) in all { try inFolder(of: file) { try $0.unlink(name) } }
        try syncAll()
    }

    private func inFolder(of file: VaultFile, _ body: (borrowing OpenFolder) throws -> Void) throws {
        let place = try place(of: file)
        if let folder = try Self.folder(place.folders, in: place.root) { try body(folder) }
    }

    /// The mark, which may lie on another filesystem, is not meant.
    private func syncAll() throws { try Self.folder([], in: root)?.syncAll() }

    public func keyFiles() throws -> [VaultFile] {
        func keys(_ folder: String, _ key: (String) -> VaultKeyID?) throws -> [VaultKeyID] {
            try Self.folder([folder], in: root)?.names().compactMap(key) ?? []
        }
        var found = try keys(VaultLayout.roots, VaultLayout.root).map(VaultFile.root)
        found += try keys(VaultLayout.seeds, VaultLayout.seed).map(VaultFile.seed)
        guard let artifacts = try Self.folder([VaultLayout.artifacts], in: root) else { return found }
        for name in try artifacts.names() {
            guard let artifact = VaultLayout.artifact(named: name), let versions = try artifacts.folder(name) else { continue }
            for name in try versions.names() {
                guard let version = VaultLayout.version(named: name), let folder = try versions.folder(name) else { continue }
                found += try folder.names().compactMap(VaultLayout.keyring).map {
                    .keyring(artifact, version: version, counter: $0)
                }
            }
        }
        return found
    }
}
