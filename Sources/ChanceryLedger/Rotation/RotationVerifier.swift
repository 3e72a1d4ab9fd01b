public import ChanceryWire

/// Verifies that one chain continues another under new keys.
public enum RotationVerifier {
    public enum Verdict: Sendable {
        case valid(old: VerifiedChain, new: VerifiedChain)
        case invalid([LedgerError])

        public var isValid: Bool { if case .valid = self { true } else { false } }
    }

    /// The old chain must be valid and end with a rotation that names the new identity; the new chain must be valid
    /// and start at that rotation.
    public static func verify(
        old: [JSONValue], _ oldIdentity: AgentIdentity, new: [JSONValue], _ newIdentity: AgentIdentity,
        oldStart: ChainStart = .genesis
    ) -> Verdict {
        do {
            let before = try ChainVerifier.verify(old, of: oldIdentity, start: oldStart).get()
            guard let rotation = before.rotation else {
                throw LedgerError(.rotationMissing, "the old chain does not end with a key rotation")
            }
            try rotation.verifySuccessor(newIdentity)
            switch ChainVerifier.verify(new, of: newIdentity, start: .rotation(hash: rotation.hash)) {
            case .invalid(let findings): return .invalid(findings)
            case .valid(let after):
                guard after.count > 0 else {
                    throw LedgerError(.rotationMissing, "the new chain has no event that continues the rotation")
                }
                return .valid(old: before, new: after)
            }
        } catch let error as LedgerError {
            return .invalid([error])
        } catch {
            return .invalid([LedgerError(.rotationMalformed, "\(error)")])
        }
    }
}
