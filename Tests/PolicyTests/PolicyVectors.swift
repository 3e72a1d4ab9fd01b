import ChanceryPolicy
import ChanceryWire
import Foundation
import Testing

/// The vectors of the reference: `CHANCERY_VECTORS`, `Tests/Vectors` or the folder beside the checkout.
enum PolicyVectors {
    static let folder: URL? = {
        var candidates: [URL] = []
        if let path = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"] { candidates.append(URL(filePath: path)) }
        var folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        while folder.path() != "/" {
            folder = folder.deletingLastPathComponent()
            candidates.append(folder.appending(path: "Tests/Vectors"))
            candidates.append(folder.appending(path: "shared/vectors"))
        }
        return candidates.map { $0.appending(path: "piqrypt") }.first {
            FileManager.default.fileExists(atPath: $0.appending(path: "trustgate_cases.json").path())
        }
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = try #require(folder, "the vectors of the reference were not found")
        return try Array(Data(contentsOf: folder.appending(path: name)))
    }

    static func json(_ name: String) throws -> JSONValue { try JSONParser.parse(bytes(name)) }
}
