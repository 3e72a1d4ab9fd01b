public import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// A vault's files in `<home>/vault`, readable by their owner alone, and its mark in the state folder. See `VaultLayout`.
///
/// Links inside are not followed. Whoever puts commits and logs a version inside one `exclusively`, and looks for leftovers
/// inside one too: else a version that is not logged yet is taken for what a crash left.
public struct VaultFolder: VaultFiles {
    /// The most bytes of a small file.
    static let limit = 16 << 20

    let root: String
    private let stateRoot: String
    private let markName: String

    /// - Parameters:
    ///   - path: the folder, created when something is written.
    ///   - statePath: lies outside the home and its backups.
    ///   - store: the store of the home; the mark has its name, so it is found when the home is moved or restored.
    /// - Throws: `store.unsafe` on a network filesystem, where locks and syncs do not mean what they say.
    public init(path: String, statePath: String, store: StoreID) throws {
        let mounts = (try? AtomicFile.read("/proc/self/mountinfo")) ?? []
        try self.init(path: path, statePath: statePath, store: store, mounts: String(decoding: mounts, as: UTF8.self))
    }

    /// The same with the text of `/proc/self/mountinfo`.
    package init(path: String, statePath: String, store: StoreID, mounts: String) throws {
        // The folder may be a link or a mount of its own; what counts is where its files lie.
        try LocalFilesystem.require(for: path + "/throttle", mounts: mounts)
        root = path
        stateRoot = statePath
        markName = "vault-\(store).mark"
    }

    public func exclusively<Value>(_ body: () throws -> Value) throws -> Value {
        try AtomicFile.makeFolder(root)
        let lock = try FileLock(root + "/.lock")
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    public func read(_ file: VaultFile) throws -> [UInt8]? {
        let place = try place(of: file)
        return try Self.folder(place.folders, in: place.root)?.read(place.name, limit: Self.limit)
    }

    public func write(_ bytes: [UInt8], as file: VaultFile, replacing: Bool) throws {
        let place = try place(of: file)
        guard bytes.count <= Self.limit else {
            throw WireError(.tooLong, "`\(place.name)` would exceed \(Self.limit) bytes")
        }
        try Self.makeFolder(place.folders, in: place.root)
            .write(bytes, as: place.name, replacing: replacing, wiping: file.holdsKeys)
    }

    public func erase(_ file: VaultFile) throws {
        let place = try place(of: file)
        try Self.folder(place.folders, in: place.root)?.erase(place.name)
        if let (artifact, version) = file.version { try removeEmpty(artifact, version) }
    }

    /// Removes what writes left aside that a crash cut short.
    func eraseAside() throws {
        try Self.folder([], in: root)?.eraseAside()
        for name in VaultLayout.small { try Self.folder([name], in: root)?.eraseAside() }
        try Self.folder([], in: stateRoot)?.eraseAside(markName)
    }

    /// The folder that `folders` lead to; nil when one is missing.
    static func folder(_ folders: [String], in root: String) throws -> OpenFolder? {
        guard var folder = try OpenFolder.at(root) else { return nil }
        for name in folders {
            guard let next = try folder.folder(name) else { return nil }
            folder = next
        }
        return folder
    }

    /// The same, with all that is missing made.
    ///
    /// - Parameter syncing: whether those that were there before are made durable too.
    static func makeFolder(_ folders: [String], in root: String, syncing: Bool = false) throws -> OpenFolder {
        try AtomicFile.makeFolder(root)
        guard var folder = try OpenFolder.at(root) else {
            throw NodeError(.storeUnavailable, "`\(root)` was removed while it was written")
        }
        for name in folders {
            let next = try folder.makeFolder(name, syncing: syncing ? .always : .whenMade)
            folder = next
        }
        return folder
    }

    func place(of file: VaultFile) throws -> (root: String, folders: [String], name: String) {
        guard let place = try VaultLayout.place(of: file) else { return (stateRoot, [], markName) }
        return (root, place.folders, place.name)
    }
}
