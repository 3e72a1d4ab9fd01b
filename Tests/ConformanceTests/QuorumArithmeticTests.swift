import ChanceryConformance
import Foundation
import Testing

struct QuorumArithmeticTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/quorumvm").path

    @Test(arguments: [("field.json", 60), ("shamir.json", 121), ("beaver.json", 12)])
    func `every case of the field and of sharing passes`(name: String, count: Int) async throws {
        let run = try await ConformanceRun(
            directory: Self.folder + "/" + name, runners: QuorumArithmetic.runners, mode: .strict)
        #expect(run.failed == 0 && run.passed == count, "\(run.lines(verbose: true).joined(separator: "\n"))")
    }

    @Test(arguments: [
        ("field.json", "\"neg_a\": \"1", "\"neg_a\": \"2"), ("shamir.json", "\"secret\": \"1", "\"secret\": \"2"),
        ("beaver.json", "\"product\": \"1", "\"product\": \"2"), ("field.json", "\"sqrt_a\": null", "\"sqrt_a\": \"3\""),
    ])
    func `a changed expectation fails`(name: String, old: String, new: String) async throws {
        let text = try String(contentsOfFile: Self.folder + "/" + name, encoding: .utf8)
            .replacing("\": \"", with: "\":\"").replacing("\":\"", with: "\": \"").replacing("\":null", with: "\": null")
        #expect(text.contains(old))
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try text.replacing(old, with: new).write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        let run = try await ConformanceRun(directory: folder.path, runners: QuorumArithmetic.runners, mode: .strict)
        #expect(run.failed > 0)
    }
}
