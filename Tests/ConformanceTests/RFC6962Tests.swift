import ChanceryConformance
import ChanceryWire
import Foundation
import Testing

struct RFC6962Tests {
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
        return bases.map { $0.appending(path: "standards/rfc6962") }.first { manager.fileExists(atPath: $0.path) }
    }()

    @Test(
        .enabled(if: folder != nil, "the standard vectors are not here"), arguments: ["inclusion.json", "consistency.json"])
    func `all proof cases answer as stated`(name: String) async throws {
        let folder = try #require(Self.folder)
        let file = VectorFile(name: name, bytes: [UInt8](try Data(contentsOf: folder.appending(path: name)))) { _ in [] }
        let runner = try #require(RFC6962Vectors.runners.first { $0.recognises(file) })
        #expect(RFC6962Vectors.runners.filter { $0.recognises(file) }.count == 1)
        var log = CaseLog()
        try await runner.run(file, .strict, &log)
        #expect(log.failures == [])
        #expect(log.passed == 98)
        #expect(log.skipped.isEmpty)
    }

    @Test func `a case that is not as stated is a failure`() async throws {
        let root = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="
        let text = #"""
            {"source":"x","vectors":[
            {"name":"good called bad","vector":{"leafIdx":0,"treeSize":1,"root":"R","leafHash":"R","proof":[],"wantErr":true}},
            {"name":"bad called good","vector":{"leafIdx":1,"treeSize":1,"root":"R","leafHash":"R","proof":[],"wantErr":false}}
            ]}
            """#.replacingOccurrences(of: "\"R\"", with: "\"\(root)\"")
        let file = VectorFile(name: "inclusion.json", bytes: Array(text.utf8)) { _ in [] }
        var log = CaseLog()
        try await #require(RFC6962Vectors.runners.first { $0.recognises(file) }).run(file, .strict, &log)
        #expect(log.passed == 0)
        #expect(log.failures.map(\.name) == ["good called bad", "bad called good"])
    }
}
