internal import ChancerySuite
package import ChanceryWire

/// The three kinds of record that pqc-ai-governance signs and `pqaid-v0` reads (docs/spec/pqaid-v0.md).
public enum ReferenceRecordKind: String, Sendable, CaseIterable {
    case proposal
    case vote
    case result
}

/// Which bytes the package signs of a record: sorted by code point, without spaces, the members about the signature
/// left out.
package enum ReferenceForm {
    /// The canonical bytes of a record.
    ///
    /// - Throws: ``WireError`` when a vote has no `vote` member, or a number has no canonical form.
    package static func signedBytes(of object: JSONObject, _ kind: ReferenceRecordKind) throws(WireError) -> [UInt8] {
        try CanonicalForm.aiss1.encode(signedMembers(of: object, kind))
    }

    /// What is hashed, signed and named by `proposal_hash`: SHA3-256 of the canonical bytes.
    package static func digest(of object: JSONObject, _ kind: ReferenceRecordKind) throws(WireError) -> [UInt8] {
        try Digest.sha3_256(signedBytes(of: object, kind))
    }

    private static func signedMembers(of object: JSONObject, _ kind: ReferenceRecordKind) throws(WireError) -> JSONObject {
        switch kind {
        case .proposal:
            return object.removing(["status", "signer_did", "algorithm", "signature", "public_key"])
        case .vote:
            guard let vote = object["vote"]?.object else { throw WireError(.missingMember, "the vote lacks `vote`") }
            return vote
        case .result:
            var members = object.removing(["signer_did", "algorithm", "signature", "public_key"])
            if let ids = members["included_vote_ids"]?.array?.compactMap(\.string) {
                let sorted = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                members["included_vote_ids"] = .array(sorted.map { .string($0) })
            }
            return members
        }
    }
}
