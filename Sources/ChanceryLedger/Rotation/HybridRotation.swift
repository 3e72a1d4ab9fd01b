public import ChancerySuite
public import ChanceryWire

/// The AISS-2.1 statement by which an agent moves to new keys: all four keys sign it (reference 2.7).
public struct HybridRotation: Sendable, Equatable {
    static let type = "key_rotation"

    public let previousAgentID: AgentID
    public let previousKeys: AISSKeys
    public let newAgentID: AgentID
    public let newKeys: AISSKeys
    /// Unix seconds.
    public let rotatedAt: Int64
    /// The whole statement.
    public let attestation: JSONObject

    /// The bytes that all four keys sign.
    public static func signedMessage(_ attestation: JSONObject) throws(LedgerError) -> [UInt8] {
        do {
            return HybridDomain.rotation.message(try CanonicalForm.jcs.encode(attestation.removing(["signatures"])))
        } catch {
            throw LedgerError(.rotationMalformed, error)
        }
    }

    /// Reads a statement of `previous` and checks ids and all four signatures.
    ///
    /// - Throws: `ledger.rotation_malformed`, `ledger.rotation_mismatch` or `ledger.rotation_signature_invalid`.
    public init(verifying value: JSONValue, of previous: AgentIdentity) throws(LedgerError) {
        do {
            try self.init(value, previous)
        } catch let error as LedgerError {
            throw error
        } catch let error as WireError {
            throw LedgerError(.rotationMalformed, error)
        } catch {
            throw LedgerError(.rotationMalformed, "\(error)")
        }
    }

    private init(_ value: JSONValue, _ previous: AgentIdentity) throws {
        var reader = try RecordReader(value, "rotation statement")
        for (name, text) in [("version", EventProfile.aiss21.rawValue), ("type", Self.type)]
        where try !reader.string(name, limit: 64).utf8.elementsEqual(text.utf8) {
            throw WireError(.invalidValue, "`\(name)` must be `\(text)`")
        }
        previousKeys = try Self.keys(&reader, "previous")
        newKeys = try Self.keys(&reader, "new")
        let previousID = try reader.string("previous_agent_id", limit: 64)
        let newID = try reader.string("new_agent_id", limit: 64)
        rotatedAt = try reader.integer("rotation_timestamp")
        let signatures = try reader.object("signatures")
        try reader.finish()
        guard previousID.utf8.elementsEqual(previous.agentID.text.utf8), previousKeys == previous.keys else {
            throw LedgerError(.rotationMismatch, "the rotation is not one of agent `\(previous.agentID)`")
        }
        let derived = AgentID(classical: newKeys.classical, postQuantum: newKeys.postQuantum ?? [])
        guard newID.utf8.elementsEqual(derived.text.utf8) else {
            throw LedgerError(.rotationMismatch, "`new_agent_id` does not derive from the new keys")
        }
        guard newKeys.classical != previousKeys.classical, newKeys.postQuantum != previousKeys.postQuantum else {
            throw LedgerError(.rotationMismatch, "a rotation must name two other keys")
        }
        previousAgentID = previous.agentID
        newAgentID = derived
        attestation = value.object ?? JSONObject()
        let message = try Self.signedMessage(attestation)
        var entries = RecordReader(signatures, "rotation signatures")
        for (name, keys) in [("previous", previousKeys), ("new", newKeys)] {
            let classical = try SignatureText.decodeEntry(entries.optional("\(name)_classical"), .ed25519, "\(name) classical")
            let postQuantum = try SignatureText.decodeEntry(
                entries.optional("\(name)_post_quantum"), .mlDSA65, "\(name) post-quantum")
            guard keys.areValid(.hybrid(classical: classical, postQuantum: postQuantum), for: message) else {
                throw LedgerError(.rotationSignatureInvalid, "a signature of the \(name) keys is false")
            }
        }
        try entries.finish()
    }

    private static func keys(_ reader: inout RecordReader, _ which: String) throws -> AISSKeys {
        try AISSKeys(
            classical: SignatureText.decodePrefixed(reader.string("\(which)_public_key_classical"), count: 32),
            postQuantum: SignatureText.decodePrefixed(reader.string("\(which)_public_key_pq"), count: 1952))
    }

    /// The statement of `identity`, signed by its key and by the new one.
    public static func attest(
        of identity: AgentIdentity, from old: SigningKey<Purpose.AISS>, to new: SigningKey<Purpose.AISS>, at time: Int64
    ) throws(LedgerError) -> HybridRotation {
        guard old.suite == .hybrid, new.suite == .hybrid else {
            throw LedgerError(.rotationMalformed, "an AISS-2.1 rotation needs keys of the suite Ed25519+ML-DSA-65")
        }
        let newID = AgentID(classical: new.parts[0].publicKey, postQuantum: new.parts[1].publicKey)
        var attestation: JSONObject = [
            "version": .string(EventProfile.aiss21.rawValue), "type": .string(type),
            "previous_agent_id": .string(identity.agentID.text),
            "previous_public_key_classical": .string(SignatureText.prefixed(old.parts[0].publicKey)),
            "previous_public_key_pq": .string(SignatureText.prefixed(old.parts[1].publicKey)),
            "new_agent_id": .string(newID.text),
            "new_public_key_classical": .string(SignatureText.prefixed(new.parts[0].publicKey)),
            "new_public_key_pq": .string(SignatureText.prefixed(new.parts[1].publicKey)),
            "rotation_timestamp": .integer(time),
        ]
        let message = try signedMessage(attestation)
        do {
            attestation["signatures"] = [
                "previous_classical": SignatureText.entry(.ed25519, try old.parts[0].sign(message)),
                "previous_post_quantum": SignatureText.entry(.mlDSA65, try old.parts[1].sign(message)),
                "new_classical": SignatureText.entry(.ed25519, try new.parts[0].sign(message)),
                "new_post_quantum": SignatureText.entry(.mlDSA65, try new.parts[1].sign(message)),
            ]
        } catch {
            throw LedgerError(.rotationMalformed, error.description)
        }
        return try HybridRotation(verifying: .object(attestation), of: identity)
    }

    /// The payload of the event that ends the old chain.
    public var eventPayload: JSONObject {
        ["event_type": .string(Self.type), "attestation": .object(attestation)]
    }
}
