public import ChancerySuite
public import ChanceryWire

/// The AISS-1.0 statement by which an old Ed25519 key names its successor (reference 2.7).
///
/// Only the old key signs: the new key proves nothing until its own chain starts.
public struct ClassicalRotation: Sendable, Equatable {
    static let type = "key_rotation"

    public let previousAgentID: AgentID
    public let previousPublicKey: [UInt8]
    public let newAgentID: AgentID
    public let newPublicKey: [UInt8]
    /// Unix seconds.
    public let rotatedAt: Int64

    init(_ previous: [UInt8], _ new: [UInt8], at time: Int64) {
        previousAgentID = AgentID(classical: previous)
        previousPublicKey = previous
        newAgentID = AgentID(classical: new)
        newPublicKey = new
        rotatedAt = time
    }

    /// Reads the members that a statement and the payload of a rotation event share, and derives both ids again.
    init(_ reader: inout RecordReader) throws(LedgerError) {
        do {
            guard try reader.string("attestation_type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
                throw WireError(.invalidValue, "`attestation_type` must be `\(Self.type)`")
            }
            self.init(
                try SignatureText.decodeBase64(reader.string("previous_public_key"), count: 32),
                try SignatureText.decodeBase64(reader.string("new_public_key"), count: 32),
                at: try reader.integer("rotation_timestamp"))
            for (name, derived) in [("previous_agent_id", previousAgentID), ("new_agent_id", newAgentID)]
            where try !reader.string(name, limit: 64).utf8.elementsEqual(derived.text.utf8) {
                throw LedgerError(.rotationMismatch, "`\(name)` does not derive from its key")
            }
        } catch let error as LedgerError {
            throw error
        } catch let error as WireError {
            throw LedgerError(.rotationMalformed, error)
        } catch {
            throw LedgerError(.rotationMalformed, "\(error)")
        }
        guard previousPublicKey != newPublicKey else {
            throw LedgerError(.rotationMismatch, "a rotation must name another key")
        }
    }

    /// The members that the statement and the rotation event's payload share.
    var members: JSONObject {
        [
            "attestation_type": .string(Self.type),
            "previous_agent_id": .string(previousAgentID.text),
            "previous_public_key": .string(Base64.standard.encode(previousPublicKey)),
            "new_agent_id": .string(newAgentID.text),
            "new_public_key": .string(Base64.standard.encode(newPublicKey)),
            "rotation_timestamp": .integer(rotatedAt),
        ]
    }

    /// The payload of the event that ends the old chain.
    public var eventPayload: JSONObject {
        var payload: JSONObject = ["event_type": .string(Self.type)]
        for member in members.members { payload[member.name] = member.value }
        return payload
    }

    /// The bytes that the old key signs.
    public static func signedBytes(_ attestation: JSONObject) throws(LedgerError) -> [UInt8] {
        do {
            return try CanonicalForm.aiss1.encode(attestation.removing(["rotation_signature"]))
        } catch {
            throw LedgerError(.rotationMalformed, error)
        }
    }

    /// Reads a statement and checks ids and signature.
    ///
    /// - Throws: `ledger.rotation_malformed`, `ledger.rotation_mismatch` or `ledger.rotation_signature_invalid`.
    public init(verifying value: JSONValue) throws(LedgerError) {
        guard let object = value.object else {
            throw LedgerError(.rotationMalformed, "a rotation statement must be an object")
        }
        var reader = RecordReader(object, "rotation statement")
        try self.init(&reader)
        do {
            guard try reader.string("version", limit: 64).utf8.elementsEqual(EventProfile.aiss1.rawValue.utf8) else {
                throw WireError(.invalidValue, "`version` must be `\(EventProfile.aiss1.rawValue)`")
            }
            let signature = try SignatureText.decodeBase64(reader.string("rotation_signature"), count: 64)
            try reader.finish()
            let keys = try AISSKeys(classical: previousPublicKey)
            guard keys.areValid(.classical(signature), for: try Self.signedBytes(object)) else {
                throw LedgerError(.rotationSignatureInvalid, "the old key did not sign this rotation")
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.rotationMalformed, "\(error)")
        }
    }

    /// The statement, signed by the Ed25519 half of the old key.
    public static func attest(
        from old: SigningKey<Purpose.AISS>, to newPublicKey: [UInt8], at time: Int64
    ) throws(LedgerError) -> (rotation: ClassicalRotation, attestation: JSONObject) {
        guard let classical = old.parts.first, classical.algorithm == .ed25519 else {
            throw LedgerError(.rotationMalformed, "an AISS-1.0 rotation needs an Ed25519 key")
        }
        return try attest(classical: classical, to: newPublicKey, at: time)
    }

    package static func attest(
        classical old: PrivateSignatureKey, to newPublicKey: [UInt8], at time: Int64
    ) throws(LedgerError) -> (rotation: ClassicalRotation, attestation: JSONObject) {
        guard newPublicKey.count == 32, newPublicKey != old.publicKey else {
            throw LedgerError(.rotationMismatch, "a rotation must name another key of 32 bytes")
        }
        let rotation = ClassicalRotation(old.publicKey, newPublicKey, at: time)
        var attestation = rotation.members
        attestation["version"] = .string(EventProfile.aiss1.rawValue)
        do {
            attestation["rotation_signature"] = .string(
                Base64.standard.encode(try old.sign(signedBytes(attestation))))
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.rotationMalformed, "\(error)")
        }
        return (rotation, attestation)
    }
}
