internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The AISS-2.0 event, which is read and never written.
enum MixedEventVectors {
    static let runner = VectorRunner(
        "AISS-2.0 event", name: "aiss2_0.json", members: ["ed25519_key", "ml_dsa_65_key", "event", "cases"]
    ) { file, mode, log in
        let json = file.json ?? .null
        let keys = try VectorKeys(beside: file)
        let classical = try keys.ed25519(json.text("ed25519_key")).publicKey
        let postQuantum = try keys.mlDSA65(json.text("ml_dsa_65_key")).publicKey
        let value = try json.stated("event")
        log.run("event") {
            let event = try Event(value)
            $0.equal("canonical_signed_hex", Hex.encode(event.message), try json.text("canonical_signed_hex"))
            $0.equal("event_hash", event.hash, try json.text("event_hash"))
            $0.equal("reference hash", ReferenceVerifier.eventHash(value), try json.text("event_hash"))
            try check(value, classical, postQuantum, try json.stated("verify"), mode, &$0)
        }
        for entry in try json.list("cases") {
            let name = try entry.text("name")
            log.run(name) {
                let changed = try change(value, entry, name)
                try check(changed, classical, postQuantum, try entry.stated("verify"), mode, &$0)
                if let unchanged = entry["event_hash_unchanged"]?.bool {
                    $0.equal("event_hash_unchanged", try Event(changed).hash == Event(value).hash, unchanged)
                }
            }
        }
    }

    private static func change(_ event: JSONValue, _ entry: JSONValue, _ name: String) throws -> JSONValue {
        if let changes = entry["event_change"]?.object {
            return changes.members.reduce(event) { $0.setting($1.name, to: $1.value) }
        }
        switch name {
        case "post_quantum_missing": return event.setting("signatures.post_quantum", to: nil)
        case "base64_prefixed_ed25519_signature":
            let signature = try Base58.decode(event.stated("signatures").stated("classical").text("signature"))
            let text = "base64:" + Base64.standard.encode(signature)
            return event.setting("signatures.classical.signature", to: .string(text))
        default: throw MissingStatement(path: "a known change instead of \(name)")
        }
    }

    private static func check(
        _ value: JSONValue, _ classical: [UInt8], _ postQuantum: [UInt8], _ stated: JSONValue, _ mode: ConformanceMode,
        _ comparison: inout Comparison
    ) throws {
        switch mode {
        case .strict:
            let keys = try AISSKeys(classical: classical, postQuantum: postQuantum)
            let valid = (try? Event(value)).map { keys.areValid($0.signatures, for: $0.message) } ?? false
            comparison.equal("valid", valid, try stated.flag("ok"))
        case .compat:
            let verdict = ReferenceVerifier.verifyEvent(value, classical: classical, postQuantum: postQuantum)
            try Stated.compare("verify", verdict, stated, &comparison)
        }
    }
}
