public import ChanceryGovernance
import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// A federation that decides block after block, with real votes of all its members, one minute after another.
public struct DecisionStory: Sendable {
    public let federation: SampleFederation
    public private(set) var head: Head<GovernanceState>
    public private(set) var decisions: [Decision] = []
    private var keys: [DID: MemberSigningKeys]
    private var number: UInt8 = 0

    public var committee: Committee { head.state.committee }
    public var now: UTCTime { head.time.advanced(bySeconds: 60) }

    public init(members: Int) throws {
        try self.init(SampleFederation(weights: [Int64](repeating: 1, count: members)))
    }

    public init(_ federation: SampleFederation) throws {
        self.federation = federation
        head = try Head(federation.genesis)
        keys = Dictionary(uniqueKeysWithValues: zip(federation.dids, federation.keys))
    }

    /// A proposal of the first member in the committee of now.
    public mutating func propose(_ parameters: ProposalParameters) throws -> Proposal {
        number += 1
        let (did, basis) = (federation.dids[0], head.state.basis(for: parameters))
        return try .make(
            ProposalTerms(
                parameters, basis: basis, in: committee, title: "sample", proposer: did, created: head.time,
                expires: head.time.advanced(bySeconds: 3600), salt: SampleKeys.salt(number)),
            in: committee, key: signer(did).ballot)
    }

    private func signer(_ did: DID) throws -> MemberSigningKeys {
        guard let own = keys[did] else { throw GovernanceError(.notAMember, "no keys of `\(did)`") }
        return own
    }

    /// The certificate of what `members` approve, in the committee of now.
    public func certificate(_ proposal: Proposal, by members: some Sequence<Int>) throws -> JSONValue {
        var ballots = Ballots(on: proposal.id, proposal.kind, of: committee)
        for did in members.map({ federation.dids[$0] }) {
            _ = try ballots.add(.cast(.approve, on: proposal.id, as: did, in: committee, key: signer(did).ballot))
        }
        return try BallotCertificate(proposal, ballots).json
    }

    /// Passes `parameters` by all votes and decides them alone.
    public mutating func decide(
        _ parameters: ProposalParameters, newKeys: MemberSigningKeys? = nil, at time: UTCTime? = nil
    ) throws {
        let proposal = try propose(parameters)
        let present = federation.dids.indices.filter { committee[federation.dids[$0]] != nil }
        try decide([certificate(proposal, by: present)], at: time)
        if case .rotateKey(let enrolment) = parameters { keys[enrolment.did] = newKeys }
    }

    /// Decides a block of these items; a minute after the one before where no time is given.
    public mutating func decide(_ items: [JSONValue], at time: UTCTime? = nil) throws {
        let block = try head.block(of: items, by: head.members.members[0], at: time ?? now)
        let certificate = try CommitCertificate(
            claiming: block.id, at: head.members.place(slot: head.slot + 1, round: 0), votes: votes(.precommit, block.id))
        // Through its bytes, as others get it.
        let decision = try Decision(decoding: Decision(block: block, certificate: certificate).encoded())
        head = try head.following(decision)
        decisions.append(decision)
    }

    /// The votes of all members for a block, in the first round of the next slot.
    public func votes(_ phase: ConsensusPhase, _ block: Digest256) throws -> [Claimed<ConsensusVote>] {
        let place = head.members.place(slot: head.slot + 1, round: 0)
        return try head.members.members.map { member in
            try ConsensusSigner(member.did, signer(member.did).consensus).sign(
                ConsensusVote(place: place, phase: phase, value: block, voter: member.did)
            ).claimed
        }
    }

    /// What `members` say at `time` about the latest decision; all of them without a list.
    package func beats(
        at time: UTCTime, by members: [Int]? = nil, freezes: Set<[UInt8]> = []
    ) throws -> [UnverifiedRecord] {
        try (members ?? Array(federation.dids.indices)).map { member in
            let did = federation.dids[member]
            let beat = try Beat.sign(head, freezes: freezes, as: did, at: time, by: signer(did).consensus)
            return try UnverifiedRecord(decoding: beat.record.bytes)
        }
    }

    /// The in-force file of now.
    package func inForceFile(
        at time: UTCTime, by members: [Int]? = nil, freezes: [BallotCertificate] = [], naming named: Set<[UInt8]> = []
    ) throws -> [UInt8] {
        try CanonicalForm.jcs.encode(
            InForceFile.json(
                federation.genesis, decisions, beats: beats(at: time, by: members, freezes: named), freezes: freezes))
    }

    /// The decision file of now.
    package func decisionFile() throws -> [UInt8] {
        try CanonicalForm.jcs.encode(DecisionFile.json(federation.genesis, decisions))
    }

    /// Why the next block may not hold `item`; nil when it may.
    public func refusal(of item: JSONValue) -> String? {
        do {
            _ = try head.block(of: [item], by: head.members.members[0], at: now)
            return nil
        } catch { return error.detail }
    }
}
