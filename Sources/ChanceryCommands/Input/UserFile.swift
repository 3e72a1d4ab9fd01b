internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryWire
internal import Foundation

/// Reading and writing the files that a user names.
enum UserFile {
    /// Most bytes of a chain, an export or a list of events. Reading one takes several times as much memory.
    static let chainLimit = JSONParser.Limits.document.bytes
    /// Most bytes of an identity document or history.
    static let identityLimit = 16 << 20

    static func read(_ path: String, limit: Int = chainLimit) throws -> [UInt8] {
        path == "-" ? try InputDescriptor.readAll(STDIN_FILENO, limit: limit) : try AtomicFile.read(path, limit: limit)
    }

    /// Refuses a path that cannot be written to later, before anything irreversible is done.
    static func requireFree(_ path: String?) throws {
        guard let path, path != "-" else { return }
        guard !path.isEmpty else { throw UsageError("a file to write has a name") }
        // A link that leads nowhere has the name too.
        var status = stat()
        guard unsafe lstat(path, &status) != 0 else {
            throw NodeError(.alreadyExists, "`\(path)` exists already; nothing was changed")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard unsafe access(folder, W_OK) == 0 else {
            throw NodeError(.storeUnavailable, "`\(path)` cannot be written; nothing was changed")
        }
    }

    /// A JSON object given as text, as @FILE, or as - for standard input.
    static func object(_ text: String) throws -> JSONObject {
        switch text {
        case "-": try object(bytes: read("-", limit: InputLines.maximumBytes), "standard input")
        case _ where text.hasPrefix("@"):
            try object(bytes: read(String(text.dropFirst()), limit: InputLines.maximumBytes), "`\(text.dropFirst())`")
        default: try object(bytes: Array(text.utf8), "--payload")
        }
    }

    /// The JSON object in `bytes`, which came from `place`.
    static func object(bytes: [UInt8], _ place: String) throws -> JSONObject {
        try UsageError.reading(place) {
            let value = try JSONParser.parse(bytes, limits: .init(bytes: InputLines.maximumBytes, depth: 48))
            guard let object = value.object else {
                throw UsageError("\(place): a payload is a JSON object, found \(value.kind)")
            }
            return object
        }
    }

    /// Exchanges the content of a file in one step.
    static func replace(_ bytes: [UInt8], at path: String) throws {
        try AtomicFile.write(bytes, to: URL(fileURLWithPath: path).path, mode: 0o644, replacing: true)
    }

    /// Writes to `path`, which must not exist, or to standard output.
    static func write(_ bytes: [UInt8], to path: String?, mode: mode_t = 0o644) throws {
        guard let path, path != "-" else { return try Console.print(bytes: bytes + [0x0a]) }
        try AtomicFile.write(bytes, to: URL(fileURLWithPath: path).path, mode: mode)
    }
}
