internal import ChancerySuite
internal import ChanceryWire

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
