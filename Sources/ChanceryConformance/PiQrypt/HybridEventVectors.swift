internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// AISS-2.1: native chain, upgraded identity, downgrades and other changes.
enum HybridEventVectors {
    static let runner = VectorRunner(
        "AISS-2.1 events", name: "aiss2_1.json", members: ["identities", "native_chain", "negative", "upgraded"]
    ) { file, mode, log in
        let json = file.json ?? .null
        let keys = try VectorKeys(beside: file)
        let native = try json.stated("native_chain")
        let identities = try json.stated("identities")
        let identity = try identities.stated(native.text("identity"))
        let events = try native.list("events")
        for (name, document) in identities.object?.members.map({ ($0.name, $0.value) }) ?? [] {
            log.run("identity \(name)") {
                let again = try AgentIdentity.native(
                    HybridIdentities.key(name, keys).publicKey, createdAt: document.number("created_at"))
                $0.equal("document made again", .object(again.document), document)
            }
        }
        let perEvent = try native.list("per_event")
        log.run("per_event covers every event") { $0.equal("count", perEvent.count, events.count) }
        let key = try HybridIdentities.key(native.text("identity"), keys)
        for (index, (value, expected)) in zip(events, perEvent).enumerated() {
            log.run("native event \(index)") { try single(value, expected, key, &$0) }
        }
        log.run("native chain") { try chain(events, identity, try native.stated("verify"), mode, &$0) }
        for entry in try json.list("negative") {
            let name = try entry.text("name")
            log.run(name) {
                let changed = try HybridChanges.apply(name, entry, events, identity, identities)
                try chain(changed.events, changed.identity, try entry.stated("verify"), mode, &$0)
            }
        }
        try upgraded(json.stated("upgraded"), identities, mode, &log)
    }

    private static func single(
        _ value: JSONValue, _ expected: JSONValue, _ key: SigningKey<Purpose.AISS>, _ comparison: inout Comparison
    ) throws {
        let event = try Event(value)
        comparison.equal("jcs_hex", Hex.encode(event.canonicalBytes), try expected.text("jcs_hex"))
        comparison.equal("signed_message_hex", Hex.encode(event.message), try expected.text("signed_message_hex"))
        comparison.equal("event_hash", event.hash, try expected.text("event_hash"))
        comparison.equal("reference hash", ReferenceVerifier.eventHash(value), try expected.text("event_hash"))
        let keys = try AISSKeys(key.publicKey)
        comparison.equal("verify", keys.areValid(event.signatures, for: event.message), try expected.flag("verify"))
        // ML-DSA is hedged, so made again the event differs in that signature only.
        let named: Set<String> = [
            "version", "agent_id", "timestamp", "nonce", "payload", "previous_hash", "signatures", "trusted_timestamp",
        ]
        let again = try EventStamper(key, agentID: event.agentID).stamp(
            event.payload, profile: .aiss21, timestamp: event.timestamp, nonce: event.nonce,
            previousHash: event.previousHash, extra: event.object.members.filter { !named.contains($0.name) })
        comparison.equal("hash made again", again.hash, event.hash)
        let path = "signatures.post_quantum.signature"
        comparison.equal(
            "event made again", JSONValue.object(again.event.object).setting(path, to: nil), value.setting(path, to: nil))
        comparison.isTrue(
            "signature made again", keys.areValid(try Event(decoding: again.bytes).signatures, for: event.message))
    }

    private static func chain(
        _ events: [JSONValue], _ identity: JSONValue, _ stated: JSONValue, _ mode: ConformanceMode,
        _ comparison: inout Comparison
    ) throws {
        switch mode {
        case .strict:
            comparison.equal("valid", ChainVerifier.verify(events, identity: identity).chain != nil, try stated.flag("ok"))
        case .compat:
            try Stated.compare(
                "verify", ReferenceVerifier.verifyChain(events, identity: identity), stated, &comparison)
        }
    }

    private static func upgraded(
        _ json: JSONValue, _ identities: JSONValue, _ mode: ConformanceMode, _ log: inout CaseLog
    ) throws {
        let identity = try json.stated("identity")
        let events = try json.list("chain")
        log.run("upgraded identity") {
            let decoded = try AgentIdentity(identity)
            $0.equal("assurance", decoded.bindingAssurance, try json.text("assurance"))
            $0.equal(
                "binding_signed_message_hex", Hex.encode(try IdentityBinding.message(identity.record("binding"))),
                try json.text("binding_signed_message_hex"))
        }
        log.run("upgraded chain") { try chain(events, identity, try json.stated("verify"), mode, &$0) }
        log.run("upgraded chain with a downgrade") {
            let event = try json.stated("chain_with_downgrade_appended_event")
            try chain(events + [event], identity, try json.stated("verify_downgrade"), mode, &$0)
        }
        for entry in try json.list("binding_checks") {
            let change = try entry.text("change")
            log.run("binding: \(change)") {
                let changed = try HybridChanges.apply(binding: change, identity, identities)
                $0.equal("valid", (try? AgentIdentity(changed)) != nil, try entry.flag("valid"))
            }
        }
    }
}
