internal import ChanceryNode
internal import ChanceryVault

/// One file of a version. It stays readable to the end when the version is removed meanwhile.
final class BodyReader: VaultReading {
    let byteCount: UInt64
    private let file: OpenFile
    private let name: String

    /// - Parameter name: what errors call it; whoever reads content hears them, and nothing of where the home lies.
    init(_ file: consuming OpenFile, called name: String) throws {
        self.name = name
        byteCount = try file.byteCount()
        self.file = consume file
    }

    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws {
        let count = try file.read(into: &buffer, at: offset)
        guard count == buffer.count else {
            throw VaultError(.bodyMissing, "`\(name)` ends \(buffer.count - count) bytes before what is read at \(offset)")
        }
    }
}
