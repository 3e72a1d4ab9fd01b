internal import ChanceryNode
internal import Foundation

/// Locks and syncs mean what they say only on local filesystems (rule L4).
enum LocalFilesystem {
    private static let networked: [Int: String] = [
        0x6969: "NFS", 0x517b: "SMB", 0xff53_4d42: "CIFS", 0xfe53_4d42: "SMB2", 0x5346_414f: "AFS", 0x00c3_6400: "Ceph",
        0x0102_1997: "9P", 0x0bd0_0bd0: "Lustre",
    ]

    /// - Throws: `store.unsafe` when the folder of `path` lies on a network filesystem.
    static func require(for path: String) throws {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        while !FileManager.default.fileExists(atPath: folder), folder != "/" {
            folder = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        }
        var information = unsafe statfs()
        guard unsafe statfs(folder, &information) == 0 else { return }
        if let name = networked[unsafe Int(information.f_type) & 0xffff_ffff] {
            throw NodeError(.storeUnsafe, "`\(folder)` lies on \(name); a store needs a local filesystem")
        }
    }
}
