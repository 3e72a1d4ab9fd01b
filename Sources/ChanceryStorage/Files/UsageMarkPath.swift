public import ChanceryNode
internal import Foundation

/// The mark of a home's chain of usage in the state folder, named after the home's store.
public struct UsageMarkPath: UsageMarkFile {
    private static let limit = 1024

    private let folder: String
    private let name: String

    /// - Parameters:
    ///   - statePath: lies outside the home and its backups.
    ///   - store: that of the home, so that the mark is found when the home is moved or restored.
    public init(statePath: String, store: StoreID) {
        folder = statePath
        name = "usage-\(store).mark"
    }

    public func read() throws -> [UInt8]? {
        let path = folder + "/" + name
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try AtomicFile.read(path, limit: Self.limit)
    }

    public func write(_ bytes: [UInt8]) throws {
        try AtomicFile.makeFolder(folder)
        try AtomicFile.write(bytes, to: folder + "/" + name, replacing: true)
    }
}
