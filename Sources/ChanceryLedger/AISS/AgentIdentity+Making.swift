public import ChancerySuite
public import ChanceryWire

extension AgentIdentity {
    /// The AISS-1.0 document of an Ed25519 key.
    ///
    /// - Parameter claimed: the id that the caller believes in; another derived id is an error.
    /// - Throws: `ledger.identity_mismatch`, `ledger.identity_malformed`.
    public static func classical(
        publicKey: [UInt8], claiming claimed: String? = nil, createdAt: Int64, metadata: JSONObject? = nil
    ) throws(LedgerError) -> AgentIdentity {
        let agentID = AgentID(classical: publicKey)
        if let claimed, !claimed.utf8.elementsEqual(agentID.text.utf8) {
            throw LedgerError(
                .identityMismatch, "agent id `\(claimed.prefix(40))` does not derive from the key, `\(agentID)` does")
        }
        return try AgentIdentity(.object(classicalDocument(publicKey, createdAt, metadata)))
    }

    /// The native AISS-2.1 document of both keys.
    public static func native(
        _ key: VerifyingKey<Purpose.AISS>, createdAt: Int64, metadata: JSONObject? = nil
    ) throws(LedgerError) -> AgentIdentity {
        guard key.suite == .hybrid else {
            throw LedgerError(.identityMalformed, "a native identity needs a key of the suite Ed25519+ML-DSA-65")
        }
        let (classical, postQuantum) = (key.parts[0].bytes, key.parts[1].bytes)
        var document: JSONObject = [
            "version": .string(EventProfile.aiss21.rawValue),
            "agent_id": .string(AgentID(classical: classical, postQuantum: postQuantum).text),
            "public_key_classical": .string(SignatureText.prefixed(classical)),
            "public_key_pq": .string(SignatureText.prefixed(postQuantum)),
            "algorithms": ["Ed25519", "ML-DSA-65"],
            "created_at": .integer(createdAt),
        ]
        document["metadata"] = metadata.map(JSONValue.object)
        return try AgentIdentity(.object(document))
    }

    /// An AISS-1.0 document with a binding that adds the ML-DSA-65 key, signed by both.
    public static func upgraded(
        _ key: SigningKey<Purpose.AISS>, createdAt: Int64, metadata: JSONObject? = nil
    ) throws(LedgerError) -> AgentIdentity {
        guard key.suite == .hybrid else {
            throw LedgerError(.identityMalformed, "an upgraded identity needs a key of the suite Ed25519+ML-DSA-65")
        }
        var document = classicalDocument(key.parts[0].publicKey, createdAt, metadata)
        document["public_key_pq"] = .string(SignatureText.prefixed(key.parts[1].publicKey))
        document["binding"] = .object(
            try IdentityBinding.make(classical: key.parts[0], postQuantum: key.parts[1], createdAt: createdAt))
        return try AgentIdentity(.object(document))
    }

    private static func classicalDocument(_ publicKey: [UInt8], _ createdAt: Int64, _ metadata: JSONObject?) -> JSONObject {
        var document: JSONObject = [
            "version": .string(EventProfile.aiss1.rawValue),
            "agent_id": .string(AgentID(classical: publicKey).text),
            "public_key": .string(Base64.standard.encode(publicKey)),
            "algorithm": .string(SignatureAlgorithm.ed25519.rawValue),
            "created_at": .integer(createdAt),
        ]
        document["metadata"] = metadata.map(JSONValue.object)
        return document
    }
}
