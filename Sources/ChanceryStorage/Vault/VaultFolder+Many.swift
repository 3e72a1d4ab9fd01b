internal import ChanceryLedger
public import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// Many small files at once, on all cores, with a few syncs of the whole filesystem in place of several for each file.
extension VaultFolder {
    /// So few files are synced one by one: what others wrote to the filesystem does not hold them up.
    private static let few = 8
    /// Files that one core takes at a time.
    private static let portion = 32

    public func write(_ all: [(file: VaultFile, bytes: [UInt8])]) throws {
        guard all.allSatisfy({ $0.bytes.count <= Self.limit }) else {
            throw WireError(.tooLong, "a small file of a vault has at most \(Self.limit) bytes")
        }
        let isFew = all.count <= Self.few
        let files = try all.map { (place: try PlacedFile($0.file, in: self), bytes: $0.bytes) }
        for root in Set(files.compactMap(\.place.folders.first)) { try AtomicFile.makeFolder(root) }
        let prepared = inFolders(files, \.place, isMaking: true) { file, folder in
            file.place.called(try folder.prepare(file.bytes, as: file.place.name, syncing: isFew))
        }
        var isInstalled = false
        defer {
            // After a failure, what is still beside its place goes.
            if !isInstalled {
                _ = inFolders(prepared.compactMap { (try? $0.get()) ?? nil }, \.self) { try $1.wipe($0.current) }
            }
        }
        let beside = try prepared.map(present)
        if !isFew { try syncAll() }
        let replaced = try inFolders(beside, \.self) { file, folder in
            try folder.install(file.current, as: file.name, wiping: file.file.holdsKeys).map(file.called)
        }.compactMap(present)
        isInstalled = true
        if isFew { try syncFolders(of: beside) } else { try syncAll() }
        try eraseAll(replaced, isFew: isFew)
    }

    public func erase(_ all: [VaultFile]) throws {
        guard all.count > Self.few else {
            for file in all { try erase(file) }
            return
        }
        let files = try all.map { try PlacedFile($0, in: self) }
        try eraseAll(files, isFew: false)
        for file in all {
            if let (artifact, version) = file.version { try removeEmpty(artifact, version) }
        }
    }

    /// Overwrites files under the names that they have now, and takes the names.
    private func eraseAll(_ files: [PlacedFile], isFew: Bool) throws {
        guard !files.isEmpty else { return }
        for result in inFolders(files, \.self, { try $1.file($0.current, O_WRONLY)?.wipe(syncing: isFew) }) {
            _ = try result.get()
        }
        if !isFew { try syncAll() }
        for result in inFolders(files, \.self, { try $1.unlink($0.current) }) { _ = try result.get() }
        if isFew { try syncFolders(of: files) } else { try syncAll() }
    }

    /// Runs `body` for each element in the folder of its file, on all cores. Gives nil where the folder is missing.
    private func inFolders<Element: Sendable, Value: Sendable>(
        _ elements: [Element], _ file: @Sendable (Element) -> PlacedFile, isMaking: Bool = false,
        _ body: @Sendable (Element, borrowing OpenFolder) throws -> Value
    ) -> [Result<Value?, any Error>] {
        Parallel.map(Array(stride(from: 0, to: elements.count, by: Self.portion)), chunk: 1) { _, start in
            var walk = FolderWalk()
            return elements[start..<min(start + Self.portion, elements.count)].map { element in
                Result { try walk.enter(file(element).folders, isMaking: isMaking) { try body(element, $0) } }
            }
        }.flatMap(\.self)
    }

    private func present<Value>(_ result: Result<Value?, any Error>) throws -> Value {
        guard let value = try result.get() else {
            throw NodeError(.storeUnavailable, "a folder of `\(root)` was removed while it was written")
        }
        return value
    }

    private func syncFolders(of files: [PlacedFile]) throws {
        var walk = FolderWalk()
        for folders in Set(files.map(\.folders)) { try walk.enter(folders) { try $0.sync() } }
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
