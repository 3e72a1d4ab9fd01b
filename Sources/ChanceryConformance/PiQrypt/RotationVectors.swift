internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Ed25519 rotation: statement, event, old and new chain.
enum ClassicalRotationVectors {
    static let runner = VectorRunner(
        "AISS-1.0 rotation", name: "rotation_aiss1.json", members: ["attestation", "old_identity", "new_chain"]
    ) { file, mode, log in
        let json = file.json ?? .null
        let (old, new) = (try json.list("old_chain_including_rotation_event"), try json.list("new_chain"))
        log.run("attestation") { try attestation(json, try VectorKeys(beside: file), &$0) }
        for (index, entry) in try json.list("tampered_attestations").enumerated() {
            log.run("tampered attestation \(index)") {
                let rotation = try? ClassicalRotation(verifying: entry.stated("attestation"))
                $0.equal("signature_valid", rotation != nil, try entry.flag("signature_valid"))
            }
        }
        for (name, events, identity) in [("old_chain", old, "old_identity"), ("new_chain", new, "new_identity")] {
            log.run("\(name) reference") {
                try Stated.compareReference(
                    events, json.stated(identity), json.stated("\(name)_reference"), mode, &$0)
            }
        }
        guard mode == .strict else { return }
        let (oldIdentity, newIdentity) = (
            try AgentIdentity(json.stated("old_identity")), try AgentIdentity(json.stated("new_identity"))
        )
        log.run("old chain continues in the new one") {
            $0.isTrue("rotation", RotationVerifier.verify(old: old, oldIdentity, new: new, newIdentity).isValid)
        }
        log.run("strict: the new chain alone has no genesis") {
            $0.isTrue("refusal", ChainVerifier.verify(new, of: newIdentity).chain == nil)
        }
        let keys = try VectorKeys(beside: file)
        let stamper = try EventStamper(
            classical: keys.ed25519(keys.name(of: oldIdentity.agentID.text)), postQuantum: nil)
        log.run("strict: previous_agent_id derives from its key and is the event's") {
            let changed = ["payload.previous_agent_id": newIdentity.agentID.text]
            $0.isTrue("refusal", try !accepts(old, changing: changed, stamper, oldIdentity, new, newIdentity))
        }
        log.run("strict: new_agent_id derives from its key") {
            let changed = ["payload.new_agent_id": oldIdentity.agentID.text]
            $0.isTrue("refusal", try !accepts(old, changing: changed, stamper, oldIdentity, new, newIdentity))
        }
        log.run("strict: nothing follows the rotation event") {
            let last = try Event(old[old.count - 1])
            let after = try stamper.stamp(
                JSONObject(), profile: .aiss1, timestamp: last.timestamp, nonce: "after", previousHash: last.hash)
            let verdict = ChainVerifier.verify(old + [.object(after.event.object)], of: oldIdentity)
            $0.equal("reasons", verdict.findings.map(\.reason), [.chainEnded])
        }
    }

    private static func attestation(_ json: JSONValue, _ keys: VectorKeys, _ comparison: inout Comparison) throws {
        let value = try json.stated("attestation")
        comparison.equal(
            "attestation_signed_hex", Hex.encode(try ClassicalRotation.signedBytes(value.object ?? JSONObject())),
            try json.text("attestation_signed_hex"))
        let rotation = try? ClassicalRotation(verifying: value)
        comparison.equal("attestation_valid", rotation != nil, try json.flag("attestation_valid"))
        guard let rotation else { return }
        let old = try keys.ed25519(keys.name(of: rotation.previousAgentID.text))
        let again = try ClassicalRotation.attest(classical: old, to: rotation.newPublicKey, at: rotation.rotatedAt)
        comparison.equal("attestation made again", .object(again.attestation), value)
        let event = try Event(try json.list("old_chain_including_rotation_event").last ?? .null)
        comparison.equal("event payload", rotation.eventPayload, event.payload)
    }

    /// Whether the rotation is accepted after its event was changed and signed again.
    private static func accepts(
        _ old: [JSONValue], changing changes: [String: String], _ stamper: EventStamper, _ oldIdentity: AgentIdentity,
        _ new: [JSONValue], _ newIdentity: AgentIdentity
    ) throws -> Bool {
        var value = old[old.count - 1]
        for (path, text) in changes { value = value.setting(path, to: .string(text)) }
        let event = try Event(value)
        let again = try stamper.stamp(
            event.payload, profile: .aiss1, timestamp: event.timestamp, nonce: event.nonce, previousHash: event.previousHash)
        return RotationVerifier.verify(
            old: old.dropLast() + [.object(again.event.object)], oldIdentity, new: new, newIdentity
        ).isValid
    }
}

/// Hybrid rotation with four signatures and chain anchoring.
enum HybridRotationVectors {
    static let runner = VectorRunner(
        "AISS-2.1 rotation", name: "rotation_aiss21.json", members: ["rotation_event", "new_genesis", "chain_checks"]
    ) { file, _, log in
        let json = file.json ?? .null
        let keys = try VectorKeys(beside: file)
        let identity = try AgentIdentity(json.stated("old_identity"))
        let attestation = try json.stated("rotation_event").stated("payload").stated("attestation")
        log.run("attestation") {
            $0.equal(
                "attestation_signed_message_hex",
                Hex.encode(try HybridRotation.signedMessage(attestation.object ?? JSONObject())),
                try json.text("attestation_signed_message_hex"))
            let rotation = try? HybridRotation(verifying: attestation, of: identity)
            $0.equal("attestation_valid", rotation != nil, try json.flag("attestation_valid"))
        }
        for entry in try json.list("attestation_negative") {
            let change = try entry.text("change")
            log.run("attestation: \(change)") {
                let (value, previous) = try changed(attestation, change, identity, keys)
                let valid = (try? HybridRotation(verifying: value, of: previous)) != nil
                $0.equal("valid", valid, try entry.flag("valid"))
            }
        }
        for entry in try json.list("chain_checks") {
            let name = try entry.text("case")
            log.run("chains: \(name)") {
                $0.equal("valid", try chains(json, name, identity, keys), try entry.flag("valid"))
            }
        }
    }

    private static func changed(
        _ attestation: JSONValue, _ change: String, _ identity: AgentIdentity, _ keys: VectorKeys
    ) throws -> (JSONValue, AgentIdentity) {
        switch change {
        case "new_post_quantum signature removed":
            (attestation.setting("signatures.new_post_quantum", to: nil), identity)
        case "new_agent_id = previous id":
            (attestation.setting("new_agent_id", to: .string(identity.agentID.text)), identity)
        case "rotation_timestamp + 1":
            (
                attestation.setting("rotation_timestamp", to: .integer(try attestation.number("rotation_timestamp") + 1)),
                identity
            )
        case "checked against another previous identity": (attestation, try HybridIdentities.native("bravo", keys))
        default: throw MissingStatement(path: "a known change instead of \(change)")
        }
    }

    private static func chains(_ json: JSONValue, _ name: String, _ identity: AgentIdentity, _ keys: VectorKeys) throws -> Bool
    {
        var old = try json.list("old_chain") + [json.stated("rotation_event")]
        var new = [try json.stated("new_genesis")]
        var oldIdentity = identity
        let newIdentity = try AgentIdentity(json.stated("new_identity"))
        switch name {
        case "valid": break
        case "new genesis not anchored":
            new[0] = new[0].setting("previous_hash", to: .string(newIdentity.genesisHash(.aiss21)))
        case "rotation event missing": old.removeLast()
        case "event after rotation":
            let last = try Event(old[old.count - 1])
            let stamper = try EventStamper(classical: keys.ed25519("alpha"), postQuantum: keys.mlDSA65("alpha"))
            let event = try stamper.stamp(
                JSONObject(), profile: .aiss21, timestamp: last.timestamp, nonce: "after", previousHash: last.hash)
            old.append(.object(event.event.object))
        case "wrong old identity": oldIdentity = try HybridIdentities.native("bravo", keys)
        default: throw MissingStatement(path: "a known case instead of \(name)")
        }
        return RotationVerifier.verify(old: old, oldIdentity, new: new, newIdentity).isValid
    }
}

/// Identities of the keys in `keys.json`.
enum HybridIdentities {
    static func key(_ name: String, _ keys: VectorKeys) throws -> SigningKey<Purpose.AISS> {
        try SigningKey(.hybrid, parts: [keys.ed25519(name), keys.mlDSA65(name)])
    }

    static func native(_ name: String, _ keys: VectorKeys) throws -> AgentIdentity {
        try .native(key(name, keys).publicKey, createdAt: 1_780_000_100)
    }
}
