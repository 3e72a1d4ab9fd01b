internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Certificates of freezes and proofs of contradictions: taken, kept, and passed on as such, so that whoever hears nothing
/// else knows of them.
extension FederationNode {
    /// A freeze with the votes that passed it.
    struct SeenFreeze: Sendable {
        let freeze: Freeze
        let certificate: BallotCertificate

        /// Nil for a certificate of another kind.
        init?(_ certificate: BallotCertificate) {
            guard let freeze = Freeze(certificate.proposal) else { return nil }
            self.freeze = freeze
            self.certificate = certificate
        }
    }

    /// Whether a document of `kind` from a peer could change anything. What is known costs no signature check.
    func isNews(_ document: JSONValue, _ kind: String) throws -> Bool {
        switch kind {
        case BallotCertificate.type: try isNews(freeze: document)
        case BallotEquivocation.type: try !isAccused(voterOf: document["ballots"]?.array?.first)
        default: try !isAccused(voterOf: document["first"])
        }
    }

    private func isNews(freeze document: JSONValue) throws -> Bool {
        guard let body = document["proposal"]?["body"]?.object,
            body["kind"]?.string == ProposalKind.emergencyFreeze.rawValue
        else { throw GovernanceError(.foreignRecord, "only the certificate of a freeze acts before a block holds it") }
        let id = Digest.sha3_256(try CanonicalForm.jcs.encode(body))
        let state = replica.head.state
        return seenFreezes[id] == nil && !state.isLifted(id) && !state.freezes.contains { $0.proposal == id }
    }

    private func isAccused(voterOf record: JSONValue?) throws -> Bool {
        isAccused(try DID(record?["body"]?["voter"]?.string ?? ""))
    }

    /// Takes a document of `kind`.
    func take(_ document: JSONValue, kind: String, bytes: [UInt8]) throws {
        let state = replica.head.state
        switch kind {
        case BallotCertificate.type: try see(BallotCertificate(verifying: document, after: state))
        case BallotEquivocation.type: try take(BallotEquivocation(verifying: document, in: state.committee))
        default:
            let proof = try ConsensusEquivocation(decoding: bytes)
            try proof.verify(against: replica.head.members)
            try take(proof)
        }
    }

    /// A freeze acts as soon as its certificate is known, wherever consensus stands, until it is lifted (rule G5). The
    /// certificate is kept: after a restart the proposal may have expired, its roster be gone, or a voter contradict itself.
    func see(_ certificate: BallotCertificate) throws {
        let id = certificate.proposal.id
        guard seenFreezes[id] == nil, let seen = SeenFreeze(certificate) else { return }
        try keepAndPassOn(certificate.json, BallotCertificate.type)
        seenFreezes[id] = seen
    }

    /// A member signed two different ballots.
    func take(_ proof: BallotEquivocation) throws {
        let document = try proof.json
        guard isOrderable(.ballotEquivocation(proof)) else {
            try durably { try store.keep(CanonicalForm.jcs.encode(document), as: BallotEquivocation.type) }
            return
        }
        guard !isAccused(proof.voter) else { return }
        try keepAndPassOn(document, BallotEquivocation.type)
        try note(proof)
    }

    /// A member's node voted twice.
    func take(_ proof: ConsensusEquivocation) throws {
        guard !isAccused(proof.member), isOrderable(.consensusEquivocation(proof)) else { return }
        try keepAndPassOn(JSONParser.parse(proof.encoded()), ConsensusEquivocation.type)
        evidence[proof.member] = .consensusEquivocation(proof)
    }

    /// Has a kept proof ordered, and its voter's weight count for nothing here at once.
    private func note(_ proof: BallotEquivocation) throws {
        guard !isAccused(proof.voter) else { return }
        evidence[proof.voter] = .ballotEquivocation(proof)
        for place in pools.indices where pools[place].committee.rosterHash == proof.roster {
            for ballot in proof.ballots { _ = try pools[place].add(ballot, at: now()) }
        }
    }

    private func isAccused(_ member: DID) -> Bool { evidence[member] != nil || replica.head.state.isExcluded(member) }

    private func keepAndPassOn(_ document: JSONValue, _ kind: String) throws {
        let bytes = try CanonicalForm.jcs.encode(document)
        try durably { try store.keep(bytes, as: kind) }
        try broadcast(.document(document, kind: kind, bytes: bytes))
    }

    /// Finds documents that were kept before this node started, or by other processes of this home.
    func scanDocuments() throws {
        let committee = replica.head.state.committee
        try store.records(ConsensusEquivocation.type, after: scanned[ConsensusEquivocation.type]) { stored in
            scanned[ConsensusEquivocation.type] = stored.position
            guard let proof = try? ConsensusEquivocation(decoding: stored.bytes), !isAccused(proof.member) else { return }
            if (try? proof.verify(against: replica.head.members)) != nil {
                evidence[proof.member] = .consensusEquivocation(proof)
            }
        }
        // Its proposal may be over, so that the ballots alone would not prove it again.
        try store.records(BallotEquivocation.type, after: scanned[BallotEquivocation.type]) { stored in
            scanned[BallotEquivocation.type] = stored.position
            let value = try? JSONParser.parse(stored.bytes)
            guard let proof = try? value.map({ try BallotEquivocation(verifying: $0, in: committee) }) else { return }
            try note(proof)
        }
    }
}
