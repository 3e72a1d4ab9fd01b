public import ChancerySuite
internal import ChanceryWire

/// The public keys under which an agent's events verify.
public struct AISSKeys: Sendable, Equatable {
    /// The 32-byte Ed25519 key.
    public let classical: [UInt8]
    /// The 1952-byte ML-DSA-65 key; nil for a classical agent.
    public let postQuantum: [UInt8]?

    let classicalKey: PublicSignatureKey
    let postQuantumKey: PublicSignatureKey?

    /// - Throws: `suite.invalid_key` for a wrong length or an encoding that is no key.
    public init(classical: [UInt8], postQuantum: [UInt8]? = nil) throws(SuiteError) {
        classicalKey = try PublicSignatureKey.cached(.ed25519, classical)
        if let postQuantum {
            postQuantumKey = try PublicSignatureKey.cached(.mlDSA65, postQuantum)
        } else {
            postQuantumKey = nil
        }
        self.classical = classical
        self.postQuantum = postQuantum
    }

    /// Both halves of an AISS key.
    public init(_ key: VerifyingKey<Purpose.AISS>) throws(SuiteError) {
        guard key.suite == .hybrid else { throw SuiteError(.invalidKey, "an AISS key is of the suite Ed25519+ML-DSA-65") }
        try self.init(classical: key.parts[0].bytes, postQuantum: key.parts[1].bytes)
    }

    public static func == (left: AISSKeys, right: AISSKeys) -> Bool {
        left.classical == right.classical && left.postQuantum == right.postQuantum
    }

    /// Whether the event's signatures are valid: one for AISS-1, both for AISS-2. Says nothing about chain or identity.
    ///
    /// Cost: one Ed25519 verification (about 65 µs), plus one ML-DSA-65 verification for AISS-2.
    public func areValid(_ signatures: EventSignatures, for message: [UInt8]) -> Bool {
        switch signatures {
        case .classical(let signature): return classicalKey.isValid(signature, for: message)
        case .hybrid(let classical, let postQuantum):
            guard let postQuantumKey else { return false }
            return classicalKey.isValid(classical, for: message) && postQuantumKey.isValid(postQuantum, for: message)
        }
    }

    /// Checks the signatures of one event.
    ///
    /// - Throws: `ledger.event_signature_invalid`.
    public func verify(_ event: Event) throws(LedgerError) {
        if let finding = finding(for: event) { throw finding }
    }

    /// What is wrong with the signatures of an event; nil when nothing is.
    func finding(for event: Event) -> LedgerError? {
        if event.profile.isHybrid, postQuantumKey == nil {
            return LedgerError(.eventSignatureInvalid, "an \(event.profile.rawValue) event needs the agent's ML-DSA-65 key")
        }
        return areValid(event.signatures, for: event.message)
            ? nil : LedgerError(.eventSignatureInvalid, "a signature of the event is false")
    }
}

/// The decoded signatures of an event or statement.
public enum EventSignatures: Sendable, Equatable {
    /// Ed25519 alone.
    case classical([UInt8])
    /// Ed25519 and ML-DSA-65.
    case hybrid(classical: [UInt8], postQuantum: [UInt8])
}
