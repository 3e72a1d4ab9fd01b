import Foundation

/// A folder that goes away with this value.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() {
        path = NSTemporaryDirectory() + "chancery-test-" + UUID().uuidString.lowercased()
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The paths of all files below, relative to the folder, sorted.
    public func files(under prefix: String = "") -> [String] {
        let root = prefix.isEmpty ? path : "\(path)/\(prefix)"
        return (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? [])
            .filter {
                var isFolder: ObjCBool = false
                return unsafe FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
            .map { prefix.isEmpty ? $0 : "\(prefix)/\($0)" }.sorted()
    }

    public func read(_ file: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)"))) }

    /// Overwrites in place, as damage does.
    public func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
    }

    public func copy(_ file: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: "\(path)/\(other)")
        try FileManager.default.copyItem(atPath: "\(path)/\(file)", toPath: "\(path)/\(other)")
    }

    public func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(file)") }
}
