import ChanceryNode
import ChanceryStorage
import TestKit
import Testing

struct FilesystemTests {
    private let mounts = """
        22 28 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        23 22 0:21 / /home rw,relatime shared:2 - nfs4 server:/home rw
        24 23 0:22 / /home/local rw,relatime - xfs /dev/sdb1 rw
        25 22 0:23 / /mnt/share rw master:7 propagate_from:2 - fuse.sshfs user@host: rw
        26 22 0:24 / /over rw - ext4 /dev/sdc1 rw
        27 22 0:25 / /over rw - cifs //server/share rw
        28 22 0:26 / /with\\040space rw - nfs server:/x rw
        damaged line
        29 22
        """

    @Test(arguments: [
        ("/", "ext4"), ("/var/lib", "ext4"), ("/home", "nfs4"), ("/home/alice", "nfs4"), ("/homework", "ext4"),
        ("/home/local/x", "xfs"), ("/mnt/share", "fuse.sshfs"), ("/mnt", "ext4"), ("/over/x", "cifs"),
        ("/with space/x", "nfs"),
    ])
    func `the deepest and latest mount decides`(path: String, type: String) {
        #expect(LocalFilesystem.type(of: path, in: mounts) == type)
    }

    @Test func `an unreadable table of mounts decides nothing`() {
        #expect(LocalFilesystem.type(of: "/home", in: "") == nil)
        #expect(LocalFilesystem.type(of: "/home", in: "\u{0}\n - - -\n") == nil)
    }

    @Test(arguments: ["/home/alice/ledger.sqlite", "/over/ledger.sqlite", "/with space/ledger.sqlite", "/mnt/share/x"])
    func `network filesystems are refused`(path: String) {
        #expect(code { try LocalFilesystem.require(for: path, mounts: mounts) } == "store.unsafe")
    }

    @Test(arguments: ["/ledger.sqlite", "/home/local/ledger.sqlite", "/homework/ledger.sqlite"])
    func `local filesystems are accepted`(path: String) throws {
        try LocalFilesystem.require(for: path, mounts: mounts)
    }
}
