internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Keys from seeds, agent ids of both versions, genesis hashes.
enum KeyVectors {
    static let runner = VectorRunner(
        "AISS keys and agent ids", name: "keys.json", members: ["ed25519", "ml_dsa_65", "agent_id_edge_cases"]
    ) { file, _, log in
        let json = file.json ?? .null
        for entry in try json.list("ed25519") {
            log.run("ed25519 \(entry["name"]?.string ?? "?")") { try classical(entry, &$0) }
        }
        for entry in try json.list("agent_id_edge_cases") {
            log.run("agent id of \(entry["public_key_hex"]?.string ?? "?")") {
                let key = try entry.hex("public_key_hex")
                $0.equal("sha256", Hex.encode(Digest.sha256(key)), try entry.text("sha256"))
                $0.equal("agent_id", AgentID(classical: key).text, try entry.text("agent_id"))
            }
        }
        for entry in try json.list("ml_dsa_65") {
            log.run("ml_dsa_65 \(entry["name"]?.string ?? "?")") { try postQuantum(entry, &$0) }
        }
        for entry in try json.list("aiss21_agent_ids") {
            log.run("AISS-2.1 id \(entry["name"]?.string ?? "?")") {
                let name = try entry.text("ml_dsa_65_key")
                let classical = try entry.hex("ed25519_public_key_hex")
                let key = try json.list("ml_dsa_65").first { $0["name"]?.string == name }
                let agent = AgentID(classical: classical, postQuantum: try (key ?? .null).hex("public_key_hex"))
                $0.equal("agent_id", agent.text, try entry.text("agent_id"))
                $0.equal(
                    "genesis_previous_hash", EventProfile.aiss21.genesisHash(of: agent, classicalKey: classical),
                    try entry.text("genesis_previous_hash"))
            }
        }
    }

    private static func classical(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        var seed = try entry.hex("private_key_hex")
        let key = try PrivateSignatureKey(.ed25519, seed: SecretBytes(erasing: &seed))
        let agent = AgentID(classical: key.publicKey)
        comparison.equal("public_key_hex", Hex.encode(key.publicKey), try entry.text("public_key_hex"))
        comparison.equal("public_key_base64", Base64.standard.encode(key.publicKey), try entry.text("public_key_base64"))
        comparison.equal("agent_id", agent.text, try entry.text("agent_id"))
        comparison.equal(
            "genesis_previous_hash", EventProfile.aiss1.genesisHash(of: agent, classicalKey: key.publicKey),
            try entry.text("genesis_previous_hash"))
    }

    private static func postQuantum(_ entry: JSONValue, _ comparison: inout Comparison) throws {
        var seed = try entry.hex("seed_xi_hex")
        let key = try PrivateSignatureKey(.mlDSA65, seed: SecretBytes(erasing: &seed))
        comparison.equal("public_key_hex", Hex.encode(key.publicKey), try entry.text("public_key_hex"))
        let expanded = try key.exportExpandedMLDSA65().copyForExport()
        comparison.equal("private_key_hex", Hex.encode(expanded), try entry.text("private_key_hex"))
        var stated = try entry.hex("private_key_hex")
        let imported = try PrivateSignatureKey(expandedMLDSA65: SecretBytes(erasing: &stated))
        comparison.equal("public key of private_key_hex", Hex.encode(imported.publicKey), try entry.text("public_key_hex"))
    }
}
