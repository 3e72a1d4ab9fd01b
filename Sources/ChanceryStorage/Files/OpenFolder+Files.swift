internal import CChanceryFiles
internal import ChanceryNode
internal import Foundation

/// Small files of an open folder: whole or absent, and wiped before they go.
extension OpenFolder {
    /// The bytes of the file called `name`; nil when there is none.
    ///
    /// - Throws: `wire.too_long` for more than `limit` bytes.
    func read(_ name: String, limit: Int) throws -> [UInt8]? {
        // Whoever wipes a file waits for its readers. What has lost its name by now may be wiped, so it is not read.
        for _ in 0..<64 {
            guard let file = try file(name, O_RDONLY) else { return nil }
            try file.lock(exclusive: false)
            let opened = try file.status()
            guard let named = status(of: name), named.st_ino == opened.st_ino, named.st_dev == opened.st_dev else { continue }
            return try file.read(limit: limit)
        }
        throw NodeError(.storeBusy, "`\(path)/\(name)` changes all the time; try again")
    }

    /// The file called `name`, made for its owner alone when there is none, for reading and writing. Nil when somebody takes
    /// the name away at the same time.
    func openFile(_ name: String) throws -> OpenFile? {
        if let file = try file(name, O_RDWR) { return file }
        do { _ = try makeFile(name) } catch let error as NodeError where error.reason == .alreadyExists {}
        return try file(name, O_RDWR)
    }

    /// Writes a file so that a crash leaves the old one or the new one.
    ///
    /// - Parameters:
    ///   - replacing: when false an existing file is refused with `node.already_exists`, atomically.
    ///   - wiping: what is replaced is overwritten.
    func write(_ bytes: [UInt8], as name: String, replacing: Bool, wiping: Bool) throws {
        let temporary = try prepare(bytes, as: name, syncing: true)
        guard replacing else {
            // A second name is refused when it is taken; a rename would overwrite.
            let linked = Result { try link(temporary, as: name) }
            guard case .success(true) = linked else {
                try wipe(temporary)
                _ = try linked.get()
                throw NodeError(.storeUnavailable, "`\(path)/\(temporary)` was removed while it was written")
            }
            try unlink(temporary)
            return try sync()
        }
        let old = try install(temporary, as: name, wiping: wiping)
        try sync()
        if let old { try wipe(old) }
    }

    /// Writes what shall be called `name` beside it.
    ///
    /// - Returns: what it is called until ``install(_:as:wiping:)``.
    func prepare(_ bytes: [UInt8], as name: String, syncing: Bool) throws -> String {
        let temporary = Self.temporary(name)
        do {
            let file = try makeFile(temporary)
            try file.write(bytes.span, at: 0)
            if syncing { try file.sync() }
            return temporary
        } catch {
            try? wipe(temporary)
            throw error
        }
    }

    /// Gives what was prepared its name. Whoever calls syncs the folder.
    ///
    /// - Returns: what the file is called now that had the name and is to be wiped.
    func install(_ temporary: String, as name: String, wiping: Bool) throws -> String? {
        // The old file keeps a name until it is wiped, so that a crash before leaves something to wipe.
        let old = Self.temporary(name)
        do {
            let isReplaced = try wiping && link(name, as: old)
            try rename(temporary, to: self, name)
            return isReplaced ? old : nil
        } catch {
            try? unlink(old)
            try? wipe(temporary)
            throw error
        }
    }

    /// Overwrites a file and takes its name, and what writes of it left aside; it may be absent. A link goes unfollowed.
    ///
    /// - Throws: `store.corrupt` when a link or folder has its name.
    func erase(_ name: String) throws {
        let aside = try names().filter { AtomicFile.isTemporary($0) && $0.hasPrefix(name + ".") }
        for temporary in aside { try wipe(temporary) }
        try file(name, O_WRONLY)?.wipe()
        try unlink(name)
        try sync()
    }

    /// Makes everything durable that was written to the filesystem of this folder: for many files at once faster than
    /// one by one.
    func syncAll() throws {
        guard chancery_syncfs(descriptor) == 0 else { throw Self.failure("sync", path) }
    }

    /// Removes what writes left aside that a crash cut short. Nobody may be writing.
    ///
    /// - Parameter prefix: how the names start that are meant.
    func eraseAside(_ prefix: String = "") throws {
        for temporary in try names() where AtomicFile.isTemporary(temporary) && temporary.hasPrefix(prefix) {
            let name = temporary.split(separator: ".", omittingEmptySubsequences: false).dropLast(3).joined(separator: ".")
            // The crash may have come while one file had both names; then its bytes stay.
            if let aside = status(of: temporary), let named = status(of: name), aside.st_ino == named.st_ino,
                aside.st_dev == named.st_dev
            {
                try unlink(temporary)
            } else {
                try wipe(temporary)
            }
            try sync()
        }
    }

    /// Removes all in the folder.
    ///
    /// - Parameters:
    ///   - isPublic: which files need no overwriting, by their names.
    ///   - depth: how deeply folders may be nested.
    ///   - syncing: false when it does not matter whether a crash undoes it.
    func clear(sparing isPublic: (String) -> Bool, depth: Int = 8, syncing: Bool = true) throws {
        for name in try names() {
            guard isFolder(name) else {
                try isPublic(name) ? unlink(name) : wipe(name)
                continue
            }
            guard depth > 0 else { throw NodeError(.storeCorrupt, "`\(path)` is nested too deeply") }
            try folder(name)?.clear(sparing: isPublic, depth: depth - 1, syncing: syncing)
            guard try removeEmpty(name) else {
                throw NodeError(.storeBusy, "`\(path)/\(name)` is written while it is removed")
            }
        }
        if syncing { try sync() }
    }

    /// Overwrites a file and takes its name. Of a link, a socket and the like only the name goes.
    func wipe(_ name: String) throws {
        if let status = status(of: name), status.st_mode & S_IFMT == S_IFREG {
            try file(name, O_WRONLY)?.wipe()
        }
        try unlink(name)
    }

    /// What a write of `name` leaves aside until it is renamed; see `AtomicFile.isTemporary`.
    private static func temporary(_ name: String) -> String { "\(name).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp" }
}
