internal import ChanceryNode
internal import Foundation

/// A folder that is held open. What lies in it is reached by name from here, so that no link on the way is followed.
struct OpenFolder: ~Copyable {
    let descriptor: Int32
    /// For messages only.
    let path: String

    private init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// The folder at `path`, which may be a link; nil when there is none.
    static func at(_ path: String) throws -> OpenFolder? {
        let descriptor = unsafe Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        return OpenFolder(descriptor, path)
    }

    /// The folder called `name`; nil when there is none.
    func folder(_ name: String) throws -> OpenFolder? {
        let found = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard found >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("open", path(name))
        }
        return OpenFolder(found, path(name))
    }

    /// When the name of a folder is made durable.
    enum NameSync {
        /// For what a crash may take.
        case never
        case whenMade
        /// Also when somebody else made it and may not have come to that.
        case always
    }

    /// The folder called `name`, made for its owner alone when there is none.
    func makeFolder(_ name: String, syncing: NameSync = .whenMade) throws -> OpenFolder {
        let isMade = unsafe mkdirat(descriptor, name, 0o700) == 0
        guard isMade || errno == EEXIST else { throw Self.failure("create", path(name)) }
        if syncing == .always || (isMade && syncing == .whenMade) { try sync() }
        guard let made = try folder(name) else {
            throw NodeError(.storeUnavailable, "the folder `\(path(name))` was removed while it was made")
        }
        return made
    }

    /// The file called `name`, opened with `flags`; nil when there is none.
    ///
    /// - Throws: `store.corrupt` for a link, a folder and whatever else is no file.
    func file(_ name: String, _ flags: Int32) throws -> OpenFile? {
        let found = unsafe openat(descriptor, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard found >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("open", path(name))
        }
        return try OpenFile(found, path(name))
    }

    /// A new file called `name`, for its owner alone.
    ///
    /// - Throws: `node.already_exists`.
    func makeFile(_ name: String) throws -> OpenFile {
        let made = unsafe openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard made >= 0 else {
            if errno == EEXIST { throw NodeError(.alreadyExists, "`\(path(name))` exists already") }
            throw Self.failure("create", path(name))
        }
        let file = try OpenFile(made, path(name))
        // The mask of the process may have taken rights from the owner.
        guard fchmod(made, 0o600) == 0 else { throw Self.failure("protect", path(name)) }
        return file
    }

    /// What the folder holds, sorted.
    func names() throws -> [String] {
        // A descriptor of its own: a listing moves the place that copies of a descriptor share.
        let listed = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listed >= 0 else { throw Self.failure("list", path) }
        guard let stream = unsafe fdopendir(listed) else {
            let error = Self.failure("list", path)
            close(listed)
            throw error
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw Self.failure("list", path) }
                return names.sorted()
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { start in
                unsafe start.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Moves what is called `name` to `other`, over a file that is called so.
    func rename(_ name: String, to folder: borrowing OpenFolder, _ other: String) throws {
        guard unsafe renameat(descriptor, name, folder.descriptor, other) == 0 else {
            throw Self.failure("rename", path(name))
        }
    }

    /// Gives the file called `name` a second name.
    ///
    /// - Returns: whether there was one.
    /// - Throws: `node.already_exists`.
    func link(_ name: String, as other: String) throws -> Bool {
        if unsafe linkat(descriptor, name, descriptor, other, 0) == 0 { return true }
        switch errno {
        case ENOENT: return false
        case EEXIST: throw NodeError(.alreadyExists, "`\(path(other))` exists already")
        default: throw Self.failure("create", path(other))
        }
    }

    /// Takes the name of a file or link; it may be absent.
    func unlink(_ name: String) throws {
        guard unsafe unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw Self.failure("remove", path(name)) }
    }

    /// Removes the folder called `name` when it is empty.
    ///
    /// - Returns: whether it is gone.
    func removeEmpty(_ name: String) throws -> Bool {
        if unsafe unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw Self.failure("remove", path(name)) }
        return false
    }

    /// Whether `name` is a folder itself, not a link to one.
    func isFolder(_ name: String) -> Bool { status(of: name).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

    /// Of the name itself, when it is a link.
    func status(of name: String) -> stat? {
        var status = stat()
        return unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// Makes the names in the folder durable.
    func sync() throws {
        guard fsync(descriptor) == 0 else { throw Self.failure("sync", path) }
    }

    private func path(_ name: String) -> String { "\(path)/\(name)" }

    /// As `AtomicFile.failure`, with links told apart.
    static func failure(_ action: String, _ path: String) -> NodeError {
        switch errno {
        case ELOOP, ENOTDIR: NodeError(.storeCorrupt, "cannot \(action) `\(path)`: a link or file where none belongs")
        default: AtomicFile.failure(action, path)
        }
    }
}
