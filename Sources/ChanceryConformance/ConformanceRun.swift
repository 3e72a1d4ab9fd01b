internal import Foundation

/// What became of one file of vectors.
public struct FileReport: Sendable {
    /// The path below the folder that was walked.
    public let path: String
    /// The kind of file; nil when no runner knows it.
    public let title: String?
    public let log: CaseLog
}

/// Runs every file of vectors below a folder.
///
/// Files are recognised by name and content, never by folder. READMEs and licences are not vectors.
public struct ConformanceRun: Sendable {
    /// One report per file, ordered by path.
    public let reports: [FileReport]

    private static let extensions: Set<String> = ["json", "txt", "yaml", "yml", "pqz", "enc"]
    private static let largestFile = 64 << 20

    /// Walks `directory` (or takes it as the one file, if it is one).
    ///
    /// `onReport` hears of each file as soon as it is done.
    /// - Throws: what the file system says when `directory` cannot be listed. A file that cannot be read is a
    ///   failure of that file.
    public init(
        directory: String, runners: [VectorRunner], mode: ConformanceMode,
        onReport: (FileReport) -> Void = { _ in }
    ) async throws {
        var reports: [FileReport] = []
        for path in try Self.vectorFiles(in: directory) {
            let report = await Self.report(directory, path, runners, mode)
            onReport(report)
            reports.append(report)
        }
        self.reports = reports
    }

    /// The paths of the vector files below `directory`, in byte order.
    private static func vectorFiles(in directory: String) throws -> [String] {
        guard try type(of: directory) == .typeDirectory else { return [""] }
        return try FileManager.default.subpathsOfDirectory(atPath: directory)
            .filter { path in
                let url = URL(fileURLWithPath: directory + "/" + path)
                let name = url.lastPathComponent
                guard extensions.contains(url.pathExtension.lowercased()), !name.hasPrefix("README"),
                    !name.hasPrefix("LICENSE"), !path.split(separator: "/").contains(where: { $0.hasPrefix(".") })
                else { return false }
                return (try? type(of: url.resolvingSymlinksInPath().path)) == .typeRegular
            }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func type(of path: String) throws -> FileAttributeType? {
        try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    }

    private static func report(
        _ directory: String, _ path: String, _ runners: [VectorRunner], _ mode: ConformanceMode
    ) async -> FileReport {
        let url = URL(fileURLWithPath: path.isEmpty ? directory : directory + "/" + path)
        let shown = path.isEmpty ? url.lastPathComponent : path
        let folder = url.deletingLastPathComponent()
        var log = CaseLog()
        let bytes: [UInt8]
        do {
            bytes = try read(url)
        } catch {
            log.run("reading the file") { _ in throw error }
            return FileReport(path: shown, title: nil, log: log)
        }
        let file = VectorFile(name: url.lastPathComponent, bytes: bytes) { name in
            // Names come from vector files: they lead down from the folder, never out of it.
            let steps = name.split(separator: "/").map(String.init)
            guard !steps.isEmpty, !steps.contains(where: { $0 == ".." || $0 == "." }) else {
                throw CocoaError(.fileReadInvalidFileName)
            }
            return try read(steps.reduce(folder) { $0.appendingPathComponent($1) })
        }
        guard let runner = runners.first(where: { $0.recognises(file) }) else {
            return FileReport(path: shown, title: nil, log: log)
        }
        do {
            try await runner.run(file, mode, &log)
        } catch {
            log.run("the form of the file") { _ in throw error }
        }
        if log.passed == 0, log.failures.isEmpty, log.skipped.isEmpty {
            log.run("the form of the file") { $0.isTrue("the file holds a case, which", false) }
        }
        return FileReport(path: shown, title: runner.title, log: log)
    }

    private static func read(_ url: URL) throws -> [UInt8] {
        let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
        guard size <= largestFile else { throw CocoaError(.fileReadTooLarge, userInfo: [NSFilePathErrorKey: url.path]) }
        return try [UInt8](Data(contentsOf: url))
    }
}
