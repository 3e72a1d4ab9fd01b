import ChanceryConformance
import ChanceryWire
import Foundation
import Testing

struct ConformanceRunTests {
    private static let runner = VectorRunner("numbers") {
        $0.name.hasPrefix("numbers") && $0.json?["cases"] != nil
    } run: { file, _, log in
        for (index, number) in (file.json?["cases"]?.array ?? []).enumerated() {
            guard number != 0 else { return log.skip("case \(index)", .parameterSet) }
            log.run("case \(index)") { $0.equal("number", number.integer ?? -1, 1) }
        }
    }

    /// A folder with `files`, for the time of `body`.
    private func withFolder(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("chancery-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (path, text) in files {
            let url = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        try await body(folder.path)
    }

    @Test func `a run reports each file in order, counts, and names what it does not know`() async throws {
        let files = [
            "b/numbers.json": #"{"cases":[1,2,0]}"#, "a/numbers.json": #"{"cases":[1]}"#, "other.json": "{}", "note.md": "x",
            "README.txt": "x", "LICENSE.txt": "x", ".hidden/numbers.json": #"{"cases":[2]}"#,
        ]
        try await withFolder(files) { folder in
            var heard: [String] = []
            let run = try await ConformanceRun(directory: folder, runners: [Self.runner], mode: .strict) {
                heard.append($0.path)
            }
            #expect(heard == ["a/numbers.json", "b/numbers.json", "other.json"])
            #expect(
                run.lines(verbose: false) == [
                    "a/numbers.json: 1 passed, 0 failed", "b/numbers.json: 1 passed, 1 failed, 1 not applicable",
                    "other.json: no runner", "total of 2 files: 2 passed, 1 failed, 1 not applicable; no runner for 1 file",
                ])
            let verbose = run.lines(verbose: true)
            #expect(verbose.contains("  failed case 1: number: found `2`, stated `1`"))
            #expect(verbose.contains { $0.hasSuffix("(1): case 2") })
            #expect(run.unknown == ["other.json"])
        }
    }

    @Test func `a recognised file without a case is a failure`() async throws {
        try await withFolder(["numbers.json": #"{"cases":[]}"#]) { folder in
            let run = try await ConformanceRun(directory: folder, runners: [Self.runner], mode: .strict)
            #expect(run.failed == 1)
        }
    }

    @Test func `a single file can be named`() async throws {
        try await withFolder(["numbers.json": #"{"cases":[1]}"#]) { folder in
            let run = try await ConformanceRun(directory: folder + "/numbers.json", runners: [Self.runner], mode: .strict)
            #expect(run.lines(verbose: false).first == "numbers.json: 1 passed, 0 failed")
        }
    }

    @Test func `a folder that is not there is an error`() async {
        await #expect(throws: (any Error).self) {
            try await ConformanceRun(directory: "/nowhere/at/all", runners: [], mode: .strict)
        }
    }

    @Test func `a changed value in a vector is a failure of its case`() async throws {
        guard let folder = VectorFolder.path("pqc") else { return }
        let path = folder + "/mlkem.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let digest = try #require(text.firstRange(of: "_sha3_256\": \"") ?? text.firstRange(of: "_sha3_256\":\""))
        var altered = text
        let digit = digest.upperBound
        altered.replaceSubrange(digit...digit, with: altered[digit] == "0" ? "1" : "0")
        try await withFolder(["mlkem.json": altered]) { folder in
            let run = try await ConformanceRun(directory: folder, runners: PQCVectors.runners, mode: .strict)
            #expect(run.failed == 1)
        }
    }
}
