import ChanceryConformance
import Foundation
import Testing

/// Where the public vectors are: `CHANCERY_VECTORS`, or a folder found by walking up from this file.
enum VectorFolder {
    static func path(_ name: String) -> String? {
        var candidates: [String] = []
        if let root = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"] { candidates.append(root + "/" + name) }
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<6 {
            folder.deleteLastPathComponent()
            candidates.append(folder.path + "/Tests/Vectors/" + name)
            candidates.append(folder.path + "/shared/vectors/" + name)
        }
        return candidates.first { FileManager.default.fileExists(atPath: $0) }
    }
}

struct StandardsTests {
    static let folder = VectorFolder.path("standards")

    @Test(.enabled(if: folder != nil, "vectors/standards is not here"))
    func `every case of the public standards vectors passes or names why it cannot apply`() async throws {
        let run = try await ConformanceRun(
            directory: #require(Self.folder), runners: StandardsVectors.runners, mode: .strict)
        print(run.lines(verbose: false).joined(separator: "\n"))
        for report in run.reports {
            #expect(report.log.failures.isEmpty, "\(report.lines(verbose: true).joined(separator: "\n"))")
        }
        #expect(run.passed > 1800)
        // Merkle proofs are run by the runners of the log.
        #expect(run.unknown.allSatisfy { $0.hasPrefix("rfc6962/") }, "\(run.unknown)")
    }

    @Test(.enabled(if: folder != nil, "vectors/standards is not here"))
    func `no file is claimed by two runners`() throws {
        let folder = try #require(Self.folder)
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
        where path.hasSuffix(".json") || path.hasSuffix(".txt") {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)))
            let file = VectorFile(name: (path as NSString).lastPathComponent, bytes: bytes) { _ in [] }
            let titles = (StandardsVectors.runners + PQCVectors.runners).filter { $0.recognises(file) }.map(\.title)
            #expect(titles.count <= 1, "\(path): \(titles)")
        }
    }
}
