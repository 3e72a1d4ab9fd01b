internal import ChanceryLedger
internal import ChancerySuite
package import ChanceryWire

/// A vector file lacks a value that its format demands.
struct MissingStatement: Error, CustomStringConvertible {
    let path: String
    var description: String { "the vectors state no `\(path)`" }
}

/// Reading of vectors: a missing value fails the case instead of being passed over.
extension JSONValue {
    func stated(_ name: String) throws -> JSONValue {
        guard let value = self[name] else { throw MissingStatement(path: name) }
        return value
    }

    func text(_ name: String) throws -> String {
        guard let text = try stated(name).string else { throw MissingStatement(path: name) }
        return text
    }

    func number(_ name: String) throws -> Int64 {
        guard let number = try stated(name).integer else { throw MissingStatement(path: name) }
        return number
    }

    func flag(_ name: String) throws -> Bool {
        guard let flag = try stated(name).bool else { throw MissingStatement(path: name) }
        return flag
    }

    func list(_ name: String) throws -> [JSONValue] {
        guard let list = try stated(name).array else { throw MissingStatement(path: name) }
        return list
    }

    func record(_ name: String) throws -> JSONObject {
        guard let object = try stated(name).object else { throw MissingStatement(path: name) }
        return object
    }

    func hex(_ name: String) throws -> [UInt8] { try Hex.decode(text(name)) }

    /// This value with the member at `path` replaced, or removed when `value` is nil.
    package func setting(_ path: String, to value: JSONValue?) -> JSONValue {
        setting(path.split(separator: ".").map(String.init)[...], to: value)
    }

    private func setting(_ path: ArraySlice<String>, to value: JSONValue?) -> JSONValue {
        guard let name = path.first, var object else { return value ?? .null }
        object[name] = path.count == 1 ? value : (object[name] ?? .null).setting(path.dropFirst(), to: value)
        return .object(object)
    }
}

/// The test keys of `keys.json`, by name.
struct VectorKeys {
    private let json: JSONValue

    init(beside file: VectorFile) throws {
        json = try JSONParser.parse(file.sibling("keys.json"))
    }

    private func entry(_ list: String, _ name: String) throws -> JSONValue {
        guard let entry = try json.list(list).first(where: { $0["name"]?.string == name }) else {
            throw MissingStatement(path: "keys.json \(list) \(name)")
        }
        return entry
    }

    func ed25519(_ name: String) throws -> PrivateSignatureKey {
        var seed = try entry("ed25519", name).hex("private_key_hex")
        return try PrivateSignatureKey(.ed25519, seed: SecretBytes(erasing: &seed))
    }

    func mlDSA65(_ name: String) throws -> PrivateSignatureKey {
        var seed = try entry("ml_dsa_65", name).hex("seed_xi_hex")
        return try PrivateSignatureKey(.mlDSA65, seed: SecretBytes(erasing: &seed))
    }

    /// The name of the Ed25519 key whose AISS-1 id this is.
    func name(of agentID: String) throws -> String {
        guard let entry = try json.list("ed25519").first(where: { $0["agent_id"]?.string == agentID }) else {
            throw MissingStatement(path: "keys.json agent \(agentID)")
        }
        return try entry.text("name")
    }
}
