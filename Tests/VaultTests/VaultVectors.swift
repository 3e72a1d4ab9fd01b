import ChanceryWire
import Foundation

/// The vectors that the vault answers to: the seed's in `pqc`, those that others computed from our pages in `vault`.
enum VaultVectors {
    static func document(_ name: String, in family: String = "pqc") throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/\(family)")
        return try JSONParser.parse(Array(Data(contentsOf: folder.appending(path: name))), limits: .document)
    }
}

extension JSONValue {
    /// This value with the member at `path` (`a/b`) replaced.
    func setting(_ path: String, to value: JSONValue) -> JSONValue {
        var object = object ?? JSONObject()
        guard let slash = path.firstIndex(of: "/") else {
            object[path] = value
            return .object(object)
        }
        let (head, rest) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
        object[head] = object[head]?.setting(rest, to: value)
        return .object(object)
    }
}
