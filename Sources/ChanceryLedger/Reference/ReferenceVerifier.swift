public import ChanceryWire

/// Answers as version 1.10.0 of the reference answers, its holes included (reference 2.5).
///
/// For comparison only; see ``ReferenceVerdict``. What it does not check: the agent id of AISS-1 events, the id of a
/// classical identity, the genesis hash, unknown versions and required members.
public enum ReferenceVerifier {
    /// The reference's `verify_chain`.
    public static func verifyChain(
        _ events: [JSONValue], identity: JSONValue, checkingReplay: Bool = true
    ) -> ReferenceVerdict {
        guard !events.isEmpty else { return .accepted }
        guard let identity = ReferenceIdentity(identity) else { return .invalidChain() }
        if let verdict = signatures(events, identity) { return verdict }
        for verdict in [verifyLinkage(events), verifyMonotonicTimestamps(events)] where !verdict.accepts { return verdict }
        if case .found(let forks) = findForks(events), !forks.isEmpty { return .error("ForkDetected") }
        if checkingReplay, case .found(let nonces) = replayedNonces(events), !nonces.isEmpty {
            return .error("ReplayAttackDetected")
        }
        return .accepted
    }

    private static func signatures(_ events: [JSONValue], _ identity: ReferenceIdentity) -> ReferenceVerdict? {
        var seenHybrid = false
        for (index, value) in events.enumerated() {
            guard let event = ReferenceEvent(value), let version = event.version else { return .invalidChain(index) }
            let isCurrent = version == EventProfile.aiss21.rawValue
            switch identity.form {
            case .classical: break
            case .native:
                guard isCurrent else { return .invalidChain(index) }
            case .upgraded:
                guard isCurrent || !seenHybrid else { return .invalidChain(index) }
                seenHybrid = isCurrent
            }
            if identity.form != .classical, event.object["agent_id"]?.string != identity.agentID { return .invalidChain(index) }
            guard event.isSigned(classical: identity.classical, postQuantum: identity.postQuantum) else {
                return .invalidChain(index)
            }
        }
        return nil
    }

    /// The reference's `verify_chain_linkage`: the error names the later event.
    public static func verifyLinkage(_ values: [JSONValue]) -> ReferenceVerdict {
        let events = values.map(ReferenceEvent.init)
        guard events.allSatisfy({ $0 != nil }) else { return .error("AttributeError") }
        for (index, pair) in zip(events, events.dropFirst()).enumerated() {
            guard let hash = pair.0?.hash else { return .error("InvalidCanonicalJSONError") }
            guard pair.1?.previousHash == hash else { return .invalidChain(index + 1) }
        }
        return .accepted
    }

    /// The reference's `verify_monotonic_timestamps`: equal times are allowed.
    public static func verifyMonotonicTimestamps(_ values: [JSONValue]) -> ReferenceVerdict {
        guard values.allSatisfy({ $0.object != nil }) else { return .error("AttributeError") }
        for (index, pair) in zip(values, values.dropFirst()).enumerated() {
            guard let before = pair.0["timestamp"]?.integer, let after = pair.1["timestamp"]?.integer else {
                return .error("TypeError")
            }
            if after < before { return .invalidChain(index + 1) }
        }
        return .accepted
    }

    /// The reference's `find_forks`.
    public static func findForks(_ values: [JSONValue]) -> ReferenceFinding<[Fork]> {
        guard values.allSatisfy({ $0.object != nil }) else { return .error("AttributeError") }
        return .found(Fork.find(among: values.map { $0["previous_hash"]?.string }))
    }

    /// The nonces of the reference's `detect_replay_attacks`, in order.
    public static func replayedNonces(_ values: [JSONValue]) -> ReferenceFinding<[String]> {
        guard values.allSatisfy({ $0.object != nil }) else { return .error("AttributeError") }
        let uses = values.map { value -> (agent: String, nonce: String)? in
            guard let agent = value["agent_id"]?.string, let nonce = value["nonce"]?.string else { return nil }
            return (agent, nonce)
        }
        return .found(Replay.find(among: uses).map(\.nonce))
    }

    /// The reference's verification of one event with given keys.
    public static func verifyEvent(_ value: JSONValue, classical: [UInt8], postQuantum: [UInt8]? = nil) -> ReferenceVerdict {
        guard let event = ReferenceEvent(value), event.isSigned(classical: classical, postQuantum: postQuantum) else {
            return .error("InvalidSignatureError")
        }
        return .accepted
    }

    /// The reference's `compute_event_hash`; nil for an event without a canonical form.
    public static func eventHash(_ value: JSONValue) -> String? { ReferenceEvent(value)?.hash }

    /// The reference's structure check of an audit export: neither signatures nor identity nor metadata.
    public static func auditStructure(_ value: JSONValue) -> ReferenceVerdict {
        let required = ["spec", "agent_identity", "events", "chain_integrity_hash", "exported_at"]
        guard required.allSatisfy({ value[$0] != nil }), value["spec"]?.string == AuditExport.spec,
            let events = value["events"]?.array
        else { return .error("ValueError") }
        let hashes = events.compactMap(eventHash)
        guard hashes.count == events.count, value["chain_integrity_hash"]?.string == ChainHash.of(hashes) else {
            return .error("ValueError")
        }
        return .accepted
    }

    /// The reference's error class for making an identity document whose id does not derive from its key.
    public static func exportIdentity(agentID: String, publicKey: [UInt8]) -> ReferenceVerdict {
        agentID.utf8.elementsEqual(AgentID(classical: publicKey).text.utf8) ? .accepted : .error("InvalidAgentIDError")
    }
}

/// An identity document as the reference reads it.
private struct ReferenceIdentity {
    let form: AgentIdentity.Form
    let agentID: String?
    let classical: [UInt8]
    let postQuantum: [UInt8]?

    init?(_ value: JSONValue) {
        guard let object = value.object else { return nil }
        agentID = object["agent_id"]?.string
        // Hybrid forms are checked by the reference as strictly as here.
        if object["public_key_classical"] != nil || object["binding"] != nil {
            guard let identity = try? AgentIdentity(value) else { return nil }
            form = identity.form
            classical = identity.keys.classical
            postQuantum = identity.keys.postQuantum
        } else {
            guard let text = object["public_key"]?.string else { return nil }
            form = .classical
            classical = LaxBase64.decode(text) ?? []
            postQuantum = nil
        }
    }
}
