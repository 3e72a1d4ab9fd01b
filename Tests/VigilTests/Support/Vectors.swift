import ChanceryVigil
import ChanceryWire
import Foundation
import Testing

/// The vectors of the reference: `CHANCERY_VECTORS`, `Tests/Vectors` or the folder beside the checkout.
enum Vectors {
    static func cases(_ name: String, _ list: String = "cases") throws -> [JSONValue] {
        let cases = try #require(file(name)[list]?.array)
        return try #require(cases.isEmpty ? nil : cases, "no cases in \(name)")
    }

    static func file(_ name: String) throws -> JSONValue {
        let folder = try #require(folder, "the vectors of the reference were not found")
        return try JSONParser.parse(Array(Data(contentsOf: folder.appending(path: name))))
    }

    private static let folder: URL? = {
        var candidates: [URL] = []
        if let path = ProcessInfo.processInfo.environment["CHANCERY_VECTORS"] { candidates.append(URL(filePath: path)) }
        var folder = URL(filePath: #filePath)
        while folder.path() != "/" {
            folder = folder.deletingLastPathComponent()
            candidates.append(folder.appending(path: "Tests/Vectors"))
            candidates.append(folder.appending(path: "shared/vectors"))
        }
        return candidates.map { $0.appending(path: "piqrypt") }.first {
            FileManager.default.fileExists(atPath: $0.appending(path: "trust_score.json").path())
        }
    }()

    /// What the ledger finds in a list of AISS-1 events, by the plainest means.
    static func facts(_ events: [JSONValue]) throws -> ReferenceChainFacts {
        var isLinked = true
        for (before, after) in zip(events, events.dropFirst()) {
            let body = try #require(before.object).removing(["signature", "trusted_timestamp"])
            let hash = try Hex.encode(SHA256.digest(CanonicalForm.aiss1.encode(body)))
            if after["previous_hash"]?.string != hash { isLinked = false }
        }
        let children = Dictionary(grouping: events.compactMap { $0["previous_hash"]?.string }) { $0 }
        let nonces = events.compactMap { $0["nonce"]?.string }
        return ReferenceChainFacts(
            isLinked: isLinked, forks: children.values.count { $0.count > 1 }, replays: nonces.count - Set(nonces).count)
    }
}

extension JSONValue {
    /// A number of either kind.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
