internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Nodes of the package for the cases that state what was done and not the bytes: keys from numbers, records signed with
/// them.
struct PQCNodes {
    static let outsider = 255
    /// When all of it happens; proposals expire an hour later.
    static let now = UTCTime(seconds: 1_790_000_000)
    static let late = now.advanced(bySeconds: 7200)
    private var signers: [Int: ReferenceSigner] = [:]
    private var nextID = 0

    mutating func signer(_ index: Int) throws -> ReferenceSigner {
        if let known = signers[index] { return known }
        var seed = Digest.sha3_256(Array("chancery/conformance/pqaid-v0/\(index)".utf8))
        let signer = try ReferenceSigner(SigningKey(.mlDSA65, seed: .taking(&seed)))
        signers[index] = signer
        return signer
    }

    mutating func did(_ index: Int) throws -> DID { try signer(index).did }

    /// The keys of the nodes that were asked for so far, without the outsider's.
    func keyring() throws -> ReferenceKeyring {
        var keyring = ReferenceKeyring()
        for (index, signer) in signers where index != Self.outsider {
            try keyring.pin(signer.publicKey, algorithm: .mlDSA65)
        }
        return keyring
    }

    private mutating func identifier() -> String {
        nextID += 1
        return Hex.encode(Array(Digest.sha3_256(Array("\(nextID)".utf8)).prefix(16)))
    }

    mutating func proposal(
        _ kind: ReferenceProposalKind = .authorizeModel, subject: String = "did:pqaid:model", title: String = "t",
        by node: Int = 0
    ) throws -> JSONValue {
        let signer = try signer(node)
        return try signer.sign(
            [
                "proposal_id": .string("urn:pqc-gov-prop:" + identifier()), "kind": .string(kind.rawValue),
                "subject_id": .string(subject), "title": .string(title), "description": "",
                "proposer_did": .string(signer.did.text), "parameters": [:], "created_at": "2026-09-21T13:33:20+00:00",
                "expires_at": "2026-09-21T15:13:20+00:00", "status": "open", "signer_did": .string(signer.did.text),
            ], as: .proposal)
    }

    /// A vote that names `claimed` as its voter and is signed by `node`.
    mutating func vote(
        _ choice: String, on proposal: ReferenceProposal, claiming claimed: Int, by node: Int
    ) throws -> JSONValue {
        let vote: JSONObject = [
            "vote_id": .string("urn:pqc-gov-vote:" + identifier()), "proposal_id": .string(proposal.id),
            "proposal_hash": .string(Hex.encode(proposal.hash)), "voter_did": .string(try did(claimed).text),
            "decision": .string(choice), "rationale": "", "cast_at": "2026-09-21T14:00:00+00:00",
        ]
        return try signer(node).sign(["vote": .object(vote)], as: .vote)
    }

    /// A result about `proposal` with any text as its decision.
    mutating func result(_ decision: String, of proposal: ReferenceProposal, by node: Int) throws -> JSONValue {
        let signer = try signer(node)
        return try signer.sign(
            [
                "proposal_id": .string(proposal.id), "proposal_hash": .string(Hex.encode(proposal.hash)),
                "decision": .string(decision), "reason": "", "approve_weight": 1, "reject_weight": 0, "abstain_weight": 0,
                "total_weight": 1, "included_vote_ids": [], "decided_at": "2026-09-21T14:10:00+00:00",
                "signer_did": .string(signer.did.text),
            ], as: .result)
    }
}
