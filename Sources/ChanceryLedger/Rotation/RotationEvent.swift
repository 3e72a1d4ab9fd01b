internal import ChancerySuite
internal import ChanceryWire

/// The last event of a chain whose agent moves to another key, with what it says about the successor.
public struct RotationEvent: Sendable, Equatable {
    public static let eventType = "key_rotation"

    /// Whether an event ends its chain.
    public static func isRotation(_ event: Event) -> Bool {
        event.eventType?.utf8.elementsEqual(eventType.utf8) ?? false
    }

    public let previousAgentID: AgentID
    public let newAgentID: AgentID
    /// The successor's keys; only the Ed25519 key for an AISS-1.0 rotation.
    public let newKeys: AISSKeys
    /// Unix seconds.
    public let rotatedAt: Int64
    /// What the successor's first event names as `previous_hash`.
    public let hash: String

    /// Reads a rotation event of `identity`: both ids derive from their keys, the previous one is the identity's, and
    /// an AISS-2.1 event carries the statement with its four signatures.
    ///
    /// - Throws: `ledger.rotation_malformed`, `ledger.rotation_mismatch` or `ledger.rotation_signature_invalid`.
    public init(_ event: Event, of identity: AgentIdentity) throws(LedgerError) {
        guard Self.isRotation(event) else { throw LedgerError(.rotationMissing, "the event is no key rotation") }
        if event.profile == .aiss21 {
            guard let attestation = event.payload["attestation"] else {
                throw LedgerError(.rotationMalformed, "the rotation event lacks `attestation`")
            }
            let rotation = try HybridRotation(verifying: attestation, of: identity)
            previousAgentID = rotation.previousAgentID
            newAgentID = rotation.newAgentID
            newKeys = rotation.newKeys
            rotatedAt = rotation.rotatedAt
        } else {
            var reader = RecordReader(event.payload, "rotation payload")
            let rotation = try ClassicalRotation(&reader)
            guard rotation.previousAgentID == identity.agentID, rotation.previousPublicKey == identity.keys.classical else {
                throw LedgerError(.rotationMismatch, "the rotation is not one of agent `\(identity.agentID)`")
            }
            previousAgentID = rotation.previousAgentID
            newAgentID = rotation.newAgentID
            rotatedAt = rotation.rotatedAt
            do {
                newKeys = try AISSKeys(classical: rotation.newPublicKey)
            } catch {
                throw LedgerError(.rotationMalformed, error.description)
            }
        }
        hash = event.hash
    }

    /// Checks that `identity` is the successor.
    public func verifySuccessor(_ identity: AgentIdentity) throws(LedgerError) {
        let sameKeys =
            newKeys.postQuantum == nil ? newKeys.classical == identity.keys.classical : newKeys == identity.keys
        guard newAgentID == identity.agentID, sameKeys else {
            throw LedgerError(.rotationMismatch, "the rotation names agent `\(newAgentID)`, not `\(identity.agentID)`")
        }
    }
}
