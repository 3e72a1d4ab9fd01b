public import ChanceryLedger
public import ChanceryWire

/// What a proposal of the package may be about.
public enum ReferenceProposalKind: String, Sendable, CaseIterable {
    case authorizeModel = "authorize-model"
    case revokeModel = "revoke-model"
    case authorizeAgent = "authorize-agent"
    case revokeAgent = "revoke-agent"
    case updatePolicy = "update-policy"
    case addNode = "add-node"
    case removeNode = "remove-node"
    case emergencyFreeze = "emergency-freeze"
    case delegation

    /// The kind that takes back what this one gave; only models and agents have one.
    public var counterpart: ReferenceProposalKind? {
        switch self {
        case .authorizeModel: .revokeModel
        case .authorizeAgent: .revokeAgent
        default: nil
        }
    }
}

/// A proposal of the package, decoded strictly; ``verdict(_:)`` says whether its proposer signed it.
///
/// `status` is read and dropped: nobody signs it.
public struct ReferenceProposal: Sendable {
    public let id: String
    public let kind: ReferenceProposalKind
    public let subject: String
    public let title: String
    public let description: String
    public let proposer: DID
    /// Integers, texts, flags and what they nest in; a decimal has two canonical forms and is refused.
    public let parameters: JSONObject
    public let created: ReferenceTime
    public let expires: ReferenceTime
    /// SHA3-256 of the canonical bytes: what the proposer signs and votes name.
    public let hash: [UInt8]
    /// The canonical bytes.
    public let bytes: [UInt8]
    private let signer: DID
    private let signature: ReferenceSignature

    /// - Throws: ``WireError`` naming the member that is missing, unknown, too long or not in its one form.
    public init(_ record: JSONValue) throws(WireError) {
        var reader = try RecordReader(record, "proposal")
        id = try reader.referenceID("proposal_id", prefix: "urn:pqc-gov-prop:")
        kind = try reader.choice("kind", of: ReferenceProposalKind.self)
        subject = try reader.string("subject_id", limit: 1024)
        title = try reader.string("title", limit: 1024)
        description = try reader.string("description", limit: 16384)
        proposer = try DID(reader.string("proposer_did", limit: 80))
        parameters = try reader.object("parameters")
        created = try ReferenceTime(reader.string("created_at", limit: 40))
        expires = try ReferenceTime(reader.string("expires_at", limit: 40))
        guard ["open", "passed", "rejected", "expired"].contains(try reader.string("status", limit: 16)) else {
            throw WireError(.invalidValue, "the status of a proposal is open, passed, rejected or expired")
        }
        signer = try DID(reader.string("signer_did", limit: 80))
        signature = try ReferenceSignature(reading: &reader)
        try reader.finish()
        try Self.checkForm(of: .object(parameters), depth: 16)
        bytes = try ReferenceForm.signedBytes(of: record.object ?? [:], .proposal)
        hash = try ReferenceForm.digest(of: record.object ?? [:], .proposal)
    }

    /// Whether the proposer's pinned key signed this proposal.
    public func verdict(_ keyring: ReferenceKeyring) -> ReferenceRecordVerdict {
        guard signer == proposer else { return ReferenceRecordVerdict(refusal: .otherSigner) }
        return signature.verdict(on: hash, by: proposer, keyring)
    }

    /// Refuses what RFC 8785 and the package's canonical form write differently.
    private static func checkForm(of value: JSONValue, depth: Int) throws(WireError) {
        guard depth > 0 else { throw WireError(.tooDeep, "the parameters of a proposal nest too deep") }
        switch value {
        case .double, .bigInteger:
            throw WireError(.invalidValue, "the parameters of a proposal hold a decimal or a huge number")
        case .integer(let number) where number.magnitude > UInt64(CanonicalForm.largestSafeInteger):
            throw WireError(.numberOutOfRange, "integer `\(number)` is outside ±(2^53−1)")
        case .array(let elements): for element in elements { try checkForm(of: element, depth: depth - 1) }
        case .object(let object): for member in object.members { try checkForm(of: member.value, depth: depth - 1) }
        default: break
        }
    }
}
