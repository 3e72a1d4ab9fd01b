internal import ChanceryNode

/// The way to one folder after the other. What the next way shares with the last one is not opened again.
struct FolderWalk: ~Copyable {
    private var names: [String] = []
    /// The folder of each name.
    private var open: [Held] = []

    /// An open folder that a list can hold.
    private final class Held {
        let folder: OpenFolder
        init(_ folder: consuming OpenFolder) { self.folder = folder }
    }

    /// Runs `body` in the folder that `folders` lead to; gives nil when one of them is missing.
    ///
    /// - Parameters:
    ///   - folders: the path of the first, and the names of those on the way down from it.
    ///   - isMaking: whether all that is missing is made, but for the first.
    @discardableResult
    mutating func enter<Value>(
        _ folders: [String], isMaking: Bool = false, _ body: (borrowing OpenFolder) throws -> Value
    ) throws -> Value? {
        let shared = zip(names, folders).prefix { $0.0 == $0.1 }.count
        names.removeLast(names.count - shared)
        open.removeLast(open.count - shared)
        for name in folders.dropFirst(shared) {
            guard let next = try child(name, isMaking: isMaking) else { return nil }
            open.append(Held(next))
            names.append(name)
        }
        guard let last = open.last else { return nil }
        return try body(last.folder)
    }

    private func child(_ name: String, isMaking: Bool) throws -> OpenFolder? {
        guard let parent = open.last else { return try OpenFolder.at(name) }
        if let known = try parent.folder.folder(name) { return known }
        return isMaking ? try parent.folder.makeFolder(name) : nil
    }
}
