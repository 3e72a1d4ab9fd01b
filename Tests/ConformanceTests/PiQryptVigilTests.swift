import ChanceryConformance
import Testing

struct PiQryptVigilTests {
    @Test(
        arguments: [("trust_score.json", 30), ("tsi.json", 14), ("a2c.json", 42), ("vrs.json", 27)],
        [ConformanceMode.strict, .compat])
    func `every stated score is answered`(file: (name: String, cases: Int), mode: ConformanceMode) async throws {
        let vectors = try PiQryptFolder.file(file.name, PiQryptFolder.bytes(file.name))
        let runner = try #require(PiQryptVigilVectors.runners.first { $0.recognises(vectors) })
        var log = CaseLog()
        try await runner.run(vectors, mode, &log)
        #expect(log.failures.isEmpty, "\(log.failures)")
        #expect(log.passed == file.cases)
        #expect(log.skipped.isEmpty)
    }
}
