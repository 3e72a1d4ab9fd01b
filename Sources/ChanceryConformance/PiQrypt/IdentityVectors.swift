internal import ChanceryLedger
internal import ChanceryWire

/// Identity documents of AISS-1.0.
enum IdentityVectors {
    static let runner = VectorRunner(
        "AISS identity documents", name: "identity.json", members: ["documents"]
    ) { file, mode, log in
        for entry in try (file.json ?? .null).list("documents") {
            log.run(entry["name"]?.string ?? "?") { comparison in
                if let inputs = entry["inputs"] {
                    try refusedExport(inputs, try entry.stated("verdict"), mode, &comparison)
                } else {
                    try document(entry.stated("document"), try entry.text("verdict"), &comparison)
                }
            }
        }
    }

    private static func document(_ value: JSONValue, _ verdict: String, _ comparison: inout Comparison) throws {
        guard verdict == "valid" else {
            comparison.throwing("the document") { _ = try AgentIdentity(value) }
            return
        }
        let identity = try AgentIdentity(value)
        comparison.equal("agent_id", identity.agentID.text, try value.text("agent_id"))
        comparison.equal("created_at", identity.createdAt, try value.number("created_at"))
        let again = try AgentIdentity.classical(
            publicKey: identity.keys.classical, createdAt: identity.createdAt, metadata: identity.metadata?.object)
        comparison.equal("document made again", .object(again.document), value)
    }

    private static func refusedExport(
        _ inputs: JSONValue, _ verdict: JSONValue, _ mode: ConformanceMode, _ comparison: inout Comparison
    ) throws {
        let (agent, key) = (try inputs.text("agent_id"), try inputs.hex("public_key_hex"))
        switch mode {
        case .strict:
            var refused = false
            do {
                _ = try AgentIdentity.classical(publicKey: key, claiming: agent, createdAt: 0)
            } catch {
                refused = error.reason == .identityMismatch
            }
            comparison.equal("accepted", !refused, try verdict.flag("ok"))
        case .compat:
            let found = ReferenceVerifier.exportIdentity(agentID: agent, publicKey: key)
            try Stated.compare("export", found, verdict, &comparison)
        }
    }
}
