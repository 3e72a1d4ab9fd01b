public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

extension Purpose {
    /// Results in the package's form, which signs a bare digest without a context. Such a key signs nothing else
    /// (rule K1), and no identity needs one unless its owner wants to write for the package.
    public enum PQAID: KeyPurpose {
        public static let name = "pqaid-v0"
        public static let signsWithContext = false
    }
}

/// Writes records in the package's form, so that its users can read what was decided here.
public struct ReferenceSigner: Sendable {
    private let key: SigningKey<Purpose.PQAID>
    /// The name that the package gives to this key.
    public let did: DID
    /// What readers pin with ``ReferenceKeyring/pin(_:algorithm:)``.
    public var publicKey: [UInt8] { key.publicKey.bytes }

    /// - Throws: `suite.unknown_algorithm` for a key that is not ML-DSA-65 or ML-DSA-87 alone.
    public init(_ key: SigningKey<Purpose.PQAID>) throws(SuiteError) {
        guard key.suite.algorithms.count == 1, ReferenceSignature.algorithms.contains(key.suite.algorithms[0]) else {
            throw SuiteError(.unknownAlgorithm, "pqaid-v0 has no signatures of \(key.suite.rawValue)")
        }
        self.key = key
        did = DID(hashing: key.publicKey.bytes)
    }

    /// A signed result with the votes `included`, readable by ``ReferenceResult`` and by the package.
    ///
    /// - Parameter proposal: identifier and canonical hash of the proposal in the package's form.
    public func result(
        of proposal: (id: String, hash: [UInt8]), _ decision: ReferenceDecision, included: [String], at time: UTCTime
    ) throws -> ReferenceResult {
        try ReferenceResult(
            sign(
                [
                    "proposal_id": .string(proposal.id), "proposal_hash": .string(Hex.encode(proposal.hash)),
                    "decision": .string(decision.text), "reason": .string(decision.reason),
                    "approve_weight": .integer(decision.weights.approve), "reject_weight": .integer(decision.weights.reject),
                    "abstain_weight": .integer(decision.weights.abstain), "total_weight": .integer(decision.total),
                    "included_vote_ids": .array(included.map { .string($0) }), "decided_at": .string(time.referenceText),
                    "signer_did": .string(did.text),
                ], as: .result))
    }

    /// `members` with the signature of this key appended, for records of any kind.
    package func sign(_ members: JSONObject, as kind: ReferenceRecordKind) throws -> JSONValue {
        let signature = try key.parts[0].sign(ReferenceForm.digest(of: members, kind))
        var record = members
        record["algorithm"] = .string(key.suite.rawValue)
        record["signature"] = .string(Hex.encode(signature))
        record["public_key"] = .string(Hex.encode(key.publicKey.bytes))
        return .object(record)
    }
}

extension ReferenceResult {
    /// The text that the package writes: members in its order, indented by two spaces, non-ASCII characters as they are.
    public var text: String {
        let members = (record.object ?? [:]).members.map { member -> String in
            let value: String
            if let list = member.value.array, !list.isEmpty {
                value = "[\n" + list.map { "    " + Self.plain($0) }.joined(separator: ",\n") + "\n  ]"
            } else {
                value = Self.plain(member.value)
            }
            return "  " + Self.plain(.string(member.name)) + ": " + value
        }
        return "{\n" + members.joined(separator: ",\n") + "\n}"
    }

    private static func plain(_ value: JSONValue) -> String {
        // Texts and integers within ±(2^53−1) are all that a decoded result holds; each has a canonical form.
        (try? CanonicalForm.jcs.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
