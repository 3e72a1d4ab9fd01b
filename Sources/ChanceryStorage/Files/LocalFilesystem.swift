internal import ChanceryNode
internal import Foundation

/// Locks and syncs mean what they say only on local filesystems (rule L4).
package enum LocalFilesystem {
    private static let networked: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "9p", "lustre", "glusterfs", "fuse.sshfs", "fuse.glusterfs",
        "ncpfs", "ocfs2", "gfs2",
    ]

    /// - Throws: `store.unsafe` when `path` lies on a network filesystem.
    static func require(for path: String) throws {
        let mounts = (try? AtomicFile.read("/proc/self/mountinfo")) ?? []
        try require(for: path, mounts: String(decoding: mounts, as: UTF8.self))
    }

    /// The same with the text of `/proc/self/mountinfo`.
    package static func require(for path: String, mounts: String) throws {
        let resolved = URL(fileURLWithPath: path).deletingLastPathComponent().resolvingSymlinksInPath().path
        guard let type = type(of: resolved, in: mounts) else { return }
        if networked.contains(type) {
            throw NodeError(.storeUnsafe, "`\(path)` lies on \(type); a store needs a local filesystem")
        }
    }

    /// The filesystem type of the mount that holds `path`, from the text of `/proc/self/mountinfo`.
    package static func type(of path: String, in mounts: String) -> String? {
        var best: (length: Int, type: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let point = unescaped(fields[4])
            let holds = point == "/" || path == point || path.hasPrefix(point + "/")
            // A later line mounts over an earlier one.
            if holds, point.utf8.count >= best?.length ?? 0 { best = (point.utf8.count, String(fields[dash + 1])) }
        }
        return best?.type
    }

    /// The kernel writes blanks and backslashes in paths as three octal digits.
    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == 0x5c, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                result.append(digits.reduce(0) { $0 << 3 | ($1 & 7) })
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
