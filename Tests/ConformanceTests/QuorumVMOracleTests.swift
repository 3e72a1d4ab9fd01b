import ChanceryConformance
import ChanceryWire
import Foundation
import Testing

struct QuorumVMOracleTests {
    /// The folder of the vectors, from `CHANCERY_VECTORS` or beside a folder above this file.
    static let folder: URL? = {
        let manager = FileManager.default
        var bases: [URL] = []
        if let path = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"] { bases.append(URL(fileURLWithPath: path)) }
        var place = URL(fileURLWithPath: #filePath)
        while place.path != "/" {
            place.deleteLastPathComponent()
            bases += [place.appending(path: "Tests/Vectors"), place.appending(path: "shared/vectors")]
        }
        return bases.map { $0.appending(path: "quorumvm") }.first { manager.fileExists(atPath: $0.path) }
    }()

    private static func log(_ name: String, _ bytes: [UInt8]) async throws -> CaseLog {
        let file = VectorFile(name: name, bytes: bytes) { _ in [] }
        let runners = QuorumVMOracle.runners.filter { $0.recognises(file) }
        #expect(runners.count == 1)
        var log = CaseLog()
        try await #require(runners.first).run(file, .strict, &log)
        return log
    }

    @Test(
        .enabled(if: folder != nil, "the vectors are not here"),
        arguments: [("policy.json", 12, 0), ("extraction.json", 24, 5), ("audit.json", 20, 0)])
    func `all cases answer as stated`(name: String, passed: Int, skipped: Int) async throws {
        let path = try #require(Self.folder).appending(path: name)
        let log = try await Self.log(name, [UInt8](Data(contentsOf: path)))
        #expect(log.failures == [])
        #expect((log.passed, log.skipped.count) == (passed, skipped))
    }

    @Test(
        .enabled(if: folder != nil, "the vectors are not here"),
        arguments: [
            ("policy.json", "\"allowed\"", "\"rate_limited\""), ("policy.json", "\"remaining\": ", "\"remaining\": 1"),
            ("extraction.json", "\"rank_after\": 1", "\"rank_after\": 2"),
            ("extraction.json", "\"bits_allowed\": ", "\"bits_allowed\": 1"), ("extraction.json", "\"bias\": ", "\"bias\": 1"),
            ("audit.json", "\"plain_hash_chain_valid\": false", "\"plain_hash_chain_valid\": true"),
            ("audit.json", "\"event\": \"eval_ok\"", "\"event\": \"eval_no\""),
        ])
    func `a case that is not as stated is a failure`(name: String, old: String, new: String) async throws {
        let path = try #require(Self.folder).appending(path: name)
        let text = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        let altered = text.replacingOccurrences(of: old, with: new)
        #expect(altered != text)
        #expect(try await Self.log(name, Array(altered.utf8)).failures.isEmpty == false)
    }
}
