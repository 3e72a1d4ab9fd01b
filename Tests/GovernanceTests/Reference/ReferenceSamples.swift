import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire

/// Records of the package signed with keys that come from a number.
struct ReferenceSamples {
    static let start = UTCTime(seconds: 1_790_000_000)
    let alice: ReferenceSigner
    let bob: ReferenceSigner
    let keyring: ReferenceKeyring

    init() throws {
        alice = try Self.signer(1)
        bob = try Self.signer(2, .mlDSA87)
        var keyring = ReferenceKeyring()
        try keyring.pin(alice.publicKey, algorithm: .mlDSA65)
        try keyring.pin(bob.publicKey, algorithm: .mlDSA87)
        self.keyring = keyring
    }

    static func signer(_ number: UInt8, _ suite: SignatureSuite = .mlDSA65) throws -> ReferenceSigner {
        var seed = [UInt8](repeating: number, count: 32)
        return try ReferenceSigner(SigningKey(suite, seed: SecretBytes(erasing: &seed)))
    }

    func proposal(
        kind: String = "authorize-model", subject: String = "did:pqaid:model", parameters: JSONValue = ["max_rate_qps": 50],
        by signer: ReferenceSigner? = nil
    ) throws -> JSONValue {
        let signer = signer ?? alice
        return try signer.sign(
            [
                "proposal_id": .string("urn:pqc-gov-prop:" + String(repeating: "a", count: 32)), "kind": .string(kind),
                "subject_id": .string(subject), "title": "t", "description": "", "proposer_did": .string(signer.did.text),
                "parameters": parameters, "created_at": "2026-09-21T13:00:00+00:00", "expires_at": "2026-09-21T15:00:00+00:00",
                "status": "open", "signer_did": .string(signer.did.text),
            ], as: .proposal)
    }

    func vote(
        _ choice: String, on proposal: ReferenceProposal, by signer: ReferenceSigner, claiming claimed: ReferenceSigner? = nil,
        number: Int = 1
    ) throws -> JSONValue {
        let id = Hex.encode([UInt8](repeating: UInt8(number), count: 16))
        return try signer.sign(
            [
                "vote": [
                    "vote_id": .string("urn:pqc-gov-vote:" + id), "proposal_id": .string(proposal.id),
                    "proposal_hash": .string(Hex.encode(proposal.hash)), "voter_did": .string((claimed ?? signer).did.text),
                    "decision": .string(choice), "rationale": "", "cast_at": "2026-09-21T14:00:00+00:00",
                ]
            ], as: .vote)
    }

    func result(of proposal: ReferenceProposal, passed: Bool = true, by signer: ReferenceSigner? = nil) throws
        -> ReferenceResult
    {
        let decision = try ReferenceQuorum(participation: ReferenceThreshold("2/3"), approval: ReferenceThreshold("2/3"))
            .decide(ReferenceWeights(approve: passed ? 3 : 0, reject: passed ? 0 : 3), total: 3)
        return try (signer ?? alice).result(
            of: (proposal.id, proposal.hash), decision,
            included: ["urn:pqc-gov-vote:" + String(repeating: "b", count: 32)], at: Self.start)
    }
}

extension JSONValue {
    /// This record with the top-level member `name` replaced, or removed.
    func with(_ name: String, _ value: JSONValue?) -> JSONValue {
        var object = object ?? [:]
        object[name] = value
        return .object(object)
    }
}
