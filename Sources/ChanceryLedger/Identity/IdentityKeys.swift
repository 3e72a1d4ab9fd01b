public import ChancerySuite
package import ChanceryWire

/// The private keys of one identity, a key per purpose (rule K1).
public struct IdentityKeys: Sendable {
    public let root: SigningKey<Purpose.Root>
    /// The root of the next document. Its hash is committed to now, so a thief of today's keys cannot rotate.
    public let nextRoot: SigningKey<Purpose.Root>
    public let record: SigningKey<Purpose.Record>
    /// Always Ed25519 with ML-DSA-65: the AISS formats know nothing else.
    public let aiss: SigningKey<Purpose.AISS>
    public let sealing: DecapsulationKey

    package init(
        root: SigningKey<Purpose.Root>, nextRoot: SigningKey<Purpose.Root>, record: SigningKey<Purpose.Record>,
        aiss: SigningKey<Purpose.AISS>, sealing: DecapsulationKey
    ) {
        self.root = root
        self.nextRoot = nextRoot
        self.record = record
        self.aiss = aiss
        self.sealing = sealing
    }

    /// Fresh keys from the system's generator; `suite` is that of roots and records.
    public static func generate(_ suite: SignatureSuite) throws(SuiteError) -> IdentityKeys {
        IdentityKeys(
            root: try .generate(suite), nextRoot: try .generate(suite), record: try .generate(suite),
            aiss: try .generate(.hybrid), sealing: try .generate(.xWing))
    }

    /// The keys after a rotation: the committed root takes over and everything else is fresh.
    public func rotated() throws(SuiteError) -> IdentityKeys {
        IdentityKeys(
            root: nextRoot, nextRoot: try .generate(root.suite), record: try .generate(record.suite),
            aiss: try .generate(.hybrid), sealing: try .generate(.xWing))
    }
}

/// The signature by which a key proves that its owner wants it in a document (rule K2).
package enum ProofOfPossession {
    static let type = "chancery/pop/v1"

    package static func message(did: DID, number: Int64, purpose: String) throws(WireError) -> [UInt8] {
        let claim: JSONObject = [
            "did": .string(did.text), "n": .integer(number), "purpose": .string(purpose), "type": .string(type),
        ]
        return try CanonicalForm.jcs.encode(claim)
    }

    /// Keys of formats without contexts prove possession under a label that no such format can produce.
    package static func sign<Use: KeyPurpose>(_ key: SigningKey<Use>, _ message: [UInt8]) throws(SuiteError) -> [UInt8] {
        if Use.signsWithContext { return try key.sign(message, type: type) }
        var signature: [UInt8] = []
        for part in key.parts { signature += try part.sign(labelled(message)) }
        return signature
    }

    package static func isValid<Use: KeyPurpose>(_ signature: [UInt8], _ key: VerifyingKey<Use>, _ message: [UInt8]) -> Bool {
        if Use.signsWithContext { return key.isValid(signature, for: message, type: type) }
        guard signature.count == key.suite.signatureBytes else { return false }
        var rest = signature[...]
        for part in key.parts {
            let half = Array(rest.prefix(part.algorithm.signatureBytes))
            rest = rest.dropFirst(half.count)
            guard part.isValid(half, for: labelled(message)) else { return false }
        }
        return true
    }

    // Starts with a byte that neither canonical JSON nor an AISS-2.1 label starts with.
    private static func labelled(_ message: [UInt8]) -> [UInt8] { [0] + Array(type.utf8) + [0] + message }
}
