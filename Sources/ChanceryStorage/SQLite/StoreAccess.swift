internal import Foundation

/// How a store file is opened, as far as its owner and mode allow.
struct StoreAccess {
    /// What SQLite opens: the path, or an address that says how.
    let address: String
    /// Whether the files beside the store may be made and removed, which even readers of a WAL do.
    let mayWriteFiles: Bool

    init(_ path: String, readOnly: Bool) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let isWritable = Self.mayWrite(folder) && Self.mayWrite(path)
        mayWriteFiles = !readOnly || isWritable
        // Without a WAL nobody has the store open, and everything that was committed is in the one file.
        address = mayWriteFiles || Self.hasBytes(path + "-wal") ? path : Self.immutable(path)
    }

    /// Makes an empty file that its owner alone reads; SQLite gives its WAL the same mode.
    static func create(_ path: String) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        // SQLite says it better when the file cannot be used.
        if descriptor >= 0 { close(descriptor) }
    }

    private static func mayWrite(_ path: String) -> Bool { unsafe access(path, W_OK) == 0 }

    private static func hasBytes(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_size > 0
    }

    /// A file address (sqlite.org/uri.html) with every byte escaped that could end the path.
    private static func immutable(_ path: String) -> String {
        let escaped = path.utf8.map { byte in
            switch byte {
            case 0x2f, 0x2d...0x2e, 0x30...0x39, 0x41...0x5a, 0x5f, 0x61...0x7a: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return "file:" + escaped.joined() + "?immutable=1"
    }
}
