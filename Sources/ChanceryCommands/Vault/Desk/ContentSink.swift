internal import ChanceryVault
internal import ChanceryWire

/// A file of a version and how long it is.
struct PlacedFile: Sendable {
    let path: FilePath
    let length: UInt64

    init(_ path: FilePath, _ length: UInt64) {
        self.path = path
        self.length = length
    }

    /// As the description of a version has it.
    init(_ json: JSONValue) throws {
        path = try FilePath(json["path"]?.string ?? "")
        length = UInt64(max(0, json["length"]?.integer ?? 0))
    }
}

/// Content of files that come one after another, each into a place of its own.
final class ContentSink {
    private var next: ArraySlice<PlacedFile>
    private let target: (FilePath) throws -> FileTarget
    private var current: FileTarget?
    private var left: UInt64 = 0

    init(_ files: [PlacedFile], _ target: @escaping (FilePath) throws -> FileTarget) {
        next = files[...]
        self.target = target
    }

    func write(_ bytes: Span<UInt8>) throws {
        var done = 0
        while done < bytes.count {
            while left == 0 {
                guard try begin() else { throw VaultError(.bodyLength, "more came than the version has") }
            }
            let count = min(bytes.count - done, Int(clamping: left))
            try current?.write(bytes.extracting(done..<done + count))
            done += count
            left -= UInt64(count)
        }
    }

    /// Makes everything durable that came.
    ///
    /// - Throws: `vault.body_length` when less came than the version has.
    func finish() throws {
        guard left == 0 else { throw VaultError(.bodyLength, "less came than the version has") }
        while try begin() {
            guard left == 0 else { throw VaultError(.bodyLength, "less came than the version has") }
        }
    }

    /// Ends the current file and begins the next one.
    private func begin() throws -> Bool {
        try current?.finish()
        current = nil
        guard let file = next.popFirst() else { return false }
        current = try target(file.path)
        left = file.length
        return true
    }
}
