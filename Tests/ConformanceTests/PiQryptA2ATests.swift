import ChanceryConformance
import ChanceryWire
import Foundation
import Testing

struct PiQryptA2ATests {
    /// The folder of the PiQrypt vectors; nil where they are not at hand.
    static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"] {
            return URL(fileURLWithPath: path).appendingPathComponent("piqrypt")
        }
        var place = URL(fileURLWithPath: #filePath)
        while place.path != "/" {
            place.deleteLastPathComponent()
            for candidate in ["Tests/Vectors/piqrypt", "../shared/vectors/piqrypt"] {
                let folder = place.appendingPathComponent(candidate).standardizedFileURL
                if FileManager.default.fileExists(atPath: folder.appendingPathComponent("a2a.json").path) { return folder }
            }
        }
        return nil
    }()

    private func file(_ name: String, _ change: (inout [UInt8]) -> Void = { _ in }) throws -> VectorFile {
        let folder = try #require(Self.folder, "no vectors: set CHANCERY_VECTORS")
        let read: @Sendable (String) throws -> [UInt8] = { try Array(Data(contentsOf: folder.appendingPathComponent($0))) }
        var bytes = try read(name)
        change(&bytes)
        return VectorFile(name: name, bytes: bytes, sibling: read)
    }

    private func run(_ file: VectorFile, _ mode: ConformanceMode) async throws -> CaseLog {
        let runners = PiQryptA2AVectors.runners.filter { $0.recognises(file) }
        let runner = try #require(runners.count == 1 ? runners[0] : nil, "exactly one runner knows the file")
        var log = CaseLog()
        try await runner.run(file, mode, &log)
        return log
    }

    private static let names = [
        ("a2a.json", 26), ("session.json", 52), ("keyfiles.json", 30), ("private.key.enc", 1), ("private_pq.key.enc", 1),
    ]

    @Test(arguments: names, [ConformanceMode.strict, .compat])
    func `every stated value holds`(name: (String, Int), mode: ConformanceMode) async throws {
        let log = try await run(file(name.0), mode)
        #expect(log.failures.isEmpty, "\(log.failures)")
        #expect(log.passed == name.1 && log.skipped.isEmpty)
    }

    @Test func `a changed expectation fails`() async throws {
        func failures(_ name: String, _ old: String, _ new: String, _ mode: ConformanceMode = .strict) async throws -> [String]
        {
            let changed = try file(name) { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                bytes = Array(text.replacingOccurrences(of: old, with: new).utf8)
            }
            return try await run(changed, mode).failures.map(\.name)
        }
        #expect(try await failures("a2a.json", "\"recommended_valid\": false", "\"recommended_valid\": true").count == 14)
        #expect(try await failures("a2a.json", "A2AHandshakeError", "OtherError", .compat).count == 10)
        #expect(try await failures("session.json", "{'k': 1.0}", "{'k': 1}") == ["value text 6"])
        #expect(try await failures("session.json", "\"linkage\": true", "\"linkage\": false").count == 3)
        #expect(try await failures("keyfiles.json", "KeyFileCorruptedError", "ValueError").count == 13)
    }
}
