/// Where a file of an artifact stands, relative to the artifact: safe to create below any folder.
///
/// At most 32 parts joined by `/`, at most 1024 bytes together and 255 each. A part is printable ASCII without `\ : * ? " < > |`, is
/// neither `.` nor `..`, and ends with neither a space nor a dot. So a path is never absolute, never leaves its folder,
/// and has one spelling on file systems that normalise or ignore case.
public struct FilePath: Sendable, Hashable, Comparable, CustomStringConvertible {
    public static let maximumBytes = 1024
    public static let maximumPartBytes = 255
    public static let maximumParts = 32
    public let text: String
    public var description: String { text }

    public init(_ text: String) throws(VaultError) {
        let bytes = Array(text.utf8)
        guard (1...Self.maximumBytes).contains(bytes.count) else {
            throw VaultError(.invalidName, "a path has 1 to \(Self.maximumBytes) bytes, found \(bytes.count)")
        }
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= Self.maximumParts else {
            throw VaultError(.invalidName, "a path has at most \(Self.maximumParts) parts, found \(parts.count)")
        }
        for part in parts {
            guard (1...Self.maximumPartBytes).contains(part.count) else {
                throw VaultError(.invalidName, "each part of the path `\(text)` has 1 to \(Self.maximumPartBytes) bytes")
            }
            guard part.allSatisfy({ (0x20...0x7e).contains($0) && !#"\:*?"<>|"#.utf8.contains($0) }) else {
                throw VaultError(.invalidName, "the path `\(text)` holds a character that is not accepted")
            }
            // This takes `.` and `..` too.
            guard part.last != UInt8(ascii: "."), part.last != 0x20 else {
                throw VaultError(.invalidName, "a part of the path `\(text)` ends with a dot or a space")
            }
        }
        self.text = text
    }

    /// The path as a file system that ignores case sees it.
    var folded: [UInt8] { text.utf8.map(lowerCase) }

    /// By bytes.
    public static func < (left: FilePath, right: FilePath) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

    /// The first path of `paths` that another one equals without regard to case, or that another one needs as a folder.
    static func firstConflict(in paths: [FilePath]) -> FilePath? {
        let files = Dictionary(paths.map { ($0.folded, 1) }, uniquingKeysWith: +)
        return paths.first { path in
            let folded = path.folded
            if files[folded] != 1 { return true }
            return folded.indices.contains { folded[$0] == UInt8(ascii: "/") && files[Array(folded[..<$0])] != nil }
        }
    }
}
