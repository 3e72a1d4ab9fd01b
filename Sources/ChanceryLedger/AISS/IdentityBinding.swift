internal import ChancerySuite
package import ChanceryWire

/// The statement that adds an ML-DSA-65 key to an AISS-1.0 identity, signed by both keys (reference 2.4).
package enum IdentityBinding {
    /// What a binding is worth: whoever breaks Ed25519 can bind another key.
    static let assurance = "classical_only"
    private static let version = EventProfile.aiss21.rawValue
    private static let type = "identity_binding"

    /// The bytes that both keys sign.
    package static func message(_ binding: JSONObject) throws(WireError) -> [UInt8] {
        HybridDomain.binding.message(try CanonicalForm.jcs.encode(binding.removing(["signatures"])))
    }

    /// Checks that the binding names exactly this id and these keys and that both keys signed it.
    static func verify(_ value: JSONValue, agentID: AgentID, _ keys: AISSKeys) throws(LedgerError) {
        do throws(WireError) {
            var reader = try RecordReader(value, "binding")
            let expected = [
                "version": version, "type": type, "agent_id": agentID.text, "binding_assurance": assurance,
                "public_key_classical": SignatureText.prefixed(keys.classical),
                "public_key_pq": SignatureText.prefixed(keys.postQuantum ?? []),
            ]
            for (name, text) in expected where try !reader.string(name).utf8.elementsEqual(text.utf8) {
                throw WireError(.invalidValue, "binding member `\(name)` differs from the identity")
            }
            _ = try reader.integer("created_at")
            var signatures = RecordReader(try reader.object("signatures"), "binding signatures")
            let classical = try SignatureText.decodeEntry(signatures.optional("classical"), .ed25519, "classical")
            let postQuantum = try SignatureText.decodeEntry(signatures.optional("post_quantum"), .mlDSA65, "post-quantum")
            try signatures.finish()
            try reader.finish()
            let message = try message(value.object ?? JSONObject())
            guard keys.areValid(.hybrid(classical: classical, postQuantum: postQuantum), for: message) else {
                throw WireError(.invalidValue, "a signature of the binding is false")
            }
        } catch {
            throw LedgerError(.identityBindingInvalid, error)
        }
    }

    static func make(
        classical: PrivateSignatureKey, postQuantum: PrivateSignatureKey, createdAt: Int64
    ) throws(LedgerError) -> JSONObject {
        var binding: JSONObject = [
            "version": .string(version), "type": .string(type),
            "agent_id": .string(AgentID(classical: classical.publicKey).text),
            "public_key_classical": .string(SignatureText.prefixed(classical.publicKey)),
            "public_key_pq": .string(SignatureText.prefixed(postQuantum.publicKey)),
            "binding_assurance": .string(assurance), "created_at": .integer(createdAt),
        ]
        do {
            let message = try message(binding)
            binding["signatures"] = [
                "classical": SignatureText.entry(.ed25519, try classical.sign(message)),
                "post_quantum": SignatureText.entry(.mlDSA65, try postQuantum.sign(message)),
            ]
        } catch {
            throw LedgerError(.identityBindingInvalid, "\(error)")
        }
        return binding
    }
}
