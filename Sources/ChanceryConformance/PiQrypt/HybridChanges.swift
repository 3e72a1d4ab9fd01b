internal import ChanceryLedger
internal import ChanceryWire

/// The changes that the AISS-2.1 vectors describe by name instead of spelling out events of five kilobytes.
enum HybridChanges {
    static func apply(
        _ name: String, _ entry: JSONValue, _ events: [JSONValue], _ identity: JSONValue, _ identities: JSONValue
    ) throws -> (events: [JSONValue], identity: JSONValue) {
        if let stated = entry["events"]?.array { return (stated, identity) }
        func second(_ change: (JSONValue) throws -> JSONValue) throws -> (events: [JSONValue], identity: JSONValue) {
            var changed = events
            changed[1] = try change(changed[1])
            return (changed, identity)
        }
        let classical = "signatures.classical"
        let postQuantum = "signatures.post_quantum"
        switch name.prefix(while: { $0 != ":" }) {
        case "payload_edited": return try second { $0.setting("payload.i", to: 99) }
        case "post_quantum_signature_removed": return try second { $0.setting(postQuantum, to: nil) }
        case "classical_signature_removed": return try second { $0.setting(classical, to: nil) }
        case "signatures_exchanged_between_events_1_and_2":
            var changed = events
            changed[1] = changed[1].setting("signatures", to: try events[2].stated("signatures"))
            changed[2] = changed[2].setting("signatures", to: try events[1].stated("signatures"))
            return (changed, identity)
        case "base64_prefix_missing":
            return try second {
                let text = try $0.stated("signatures").stated("classical").text("signature")
                return $0.setting("\(classical).signature", to: .string(String(text.dropFirst("base64:".count))))
            }
        case "junk_in_base64":
            return try second {
                let text = try $0.stated("signatures").stated("post_quantum").text("signature")
                return $0.setting("\(postQuantum).signature", to: .string(text.prefix(20) + "!" + text.dropFirst(20)))
            }
        case "version_changed":
            guard let version = name.split(separator: "=").last else { throw MissingStatement(path: "version") }
            return try second { $0.setting("version", to: .string(String(version))) }
        case "trusted_timestamp_edited":
            return try second { $0.setting("trusted_timestamp", to: ["status": "granted"]) }
        case "event_removed":
            var changed = events
            changed.remove(at: 1)
            return (changed, identity)
        case "integer_out_of_range": return try second { $0.setting("payload.i", to: .integer(1 << 53)) }
        case "identity_of_another_agent": return (events, try identities.stated("bravo"))
        case "identity_pq_key_swapped":
            let key = try identities.stated("bravo").stated("public_key_pq")
            return (events, identity.setting("public_key_pq", to: key))
        case "identity_ambiguous":
            return (events, identity.setting("public_key", to: try identity.stated("public_key_classical")))
        case "identity_agent_id_is_the_AISS1_one":
            let keys = try AgentIdentity(identity).keys
            return (events, identity.setting("agent_id", to: .string(AgentID(classical: keys.classical).text)))
        default: throw MissingStatement(path: "a known change instead of \(name)")
        }
    }

    static func apply(binding change: String, _ identity: JSONValue, _ identities: JSONValue) throws -> JSONValue {
        let other = try AgentIdentity(identities.stated("alpha"))
        switch change {
        case "binding.binding_assurance = hybrid": return identity.setting("binding.binding_assurance", to: "hybrid")
        case "binding.agent_id of another agent":
            return identity.setting("binding.agent_id", to: .string(AgentID(classical: other.keys.classical).text))
        case "public_key of another agent":
            return identity.setting("public_key", to: .string(Base64.standard.encode(other.keys.classical)))
        case "binding.signatures.post_quantum removed":
            return identity.setting("binding.signatures.post_quantum", to: nil)
        default: throw MissingStatement(path: "a known change instead of \(change)")
        }
    }
}
