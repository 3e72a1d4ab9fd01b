internal import ChanceryLedger
internal import ChanceryWire

/// What the AISS reference answers about a chain. It never becomes a verified value (rule L7).
public enum CompatVerdict {
    /// The reference's verdict on the chain or audit export in `bytes`.
    public static func verdict(_ bytes: [UInt8], keys: PinnedKeys) throws -> DocumentVerdict {
        let value = try JSONParser.parse(bytes, limits: .document)
        guard let events = value.array ?? value["events"]?.array, let agent = events.first?["agent_id"]?.string else {
            throw WireError(.invalidValue, "the reference's verdicts exist for chains and audit exports")
        }
        let identity = try value["agent_identity"] ?? .object(keys.aissIdentity(agent).document)
        var verdict = DocumentVerdict("chain under the reference's rules", subject: agent)
        verdict.isCompat = true
        verdict.notes.append("the reference checks less than a sound verifier; this verdict opens nothing here")
        let answer = ReferenceVerifier.verifyChain(events, identity: identity)
        if let error = answer.error {
            verdict.findings.append(error)
            verdict.index = answer.eventIndex
        } else {
            verdict.checked.append("the reference accepts \(events.count) events")
        }
        return verdict
    }
}
