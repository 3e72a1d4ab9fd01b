import ChanceryGovernance
import ChanceryLedger
import ChanceryWire
import TestKit
import Testing

/// Rule G8: what a REVOKE or FREEZE of the roster before is still worth.
struct FormerRosterTests {
    private let model = SampleProposal.hash(1)

    private func revoking() throws -> ProposalParameters { .revokeModel(manifest: model, scope: .everything) }
    private func freezing() throws -> ProposalParameters { .emergencyFreeze(scope: .everything, rooms: [.gate], reason: "") }

    /// A story of seven in which the last member leaves, and what `signers` of it had passed before.
    private func leaving(
        _ parameters: ProposalParameters, by signers: some Sequence<Int>
    ) throws -> (DecisionStory, JSONValue) {
        var story = try DecisionStory(members: 7)
        let certificate = try story.certificate(story.propose(parameters), by: signers)
        try story.decide(.removeNode(story.federation.dids[6]))
        return (story, certificate)
    }

    @Test func `a REVOKE and a FREEZE of the roster before are decided while their signers suffice`() throws {
        for (parameters, signers) in [(try revoking(), 0..<5), (try freezing(), 0..<3)] {
            var (story, certificate) = try leaving(parameters, by: signers)
            try story.decide([certificate])
            #expect(story.head.slot == 2 && story.head.state.committee.epoch == 1)
            // A stranger follows it from genesis on.
            let file = try DecisionFile(genesis: story.federation.genesis, decisions: story.decisions)
            let read = try DecisionFile(verifying: file.json, federation: story.federation.genesis.federation)
            #expect(read.head.root == story.head.root)
            #expect(story.refusal(of: certificate)?.contains("governance.proposal_terminal") == true)
        }
    }

    @Test func `a signer who left does not count`() throws {
        for (parameters, signers) in [(try revoking(), 2..<7), (try freezing(), 4..<7)] {
            let (story, certificate) = try leaving(parameters, by: signers)
            #expect(story.refusal(of: certificate)?.contains("governance.not_passed") == true)
        }
        // One more who stayed is enough.
        let (story, certificate) = try leaving(revoking(), by: 1..<7)
        #expect(story.refusal(of: certificate) == nil)
    }

    @Test func `a signer with another ballot key does not count`() throws {
        var story = try DecisionStory(members: 7)
        let short = try story.certificate(story.propose(revoking()), by: 0..<5)
        let enough = try story.certificate(story.propose(revoking()), by: 0..<6)
        let keys = try SampleKeys.memberKeys(1, rotations: 1)
        try story.decide(.rotateKey(SampleKeys.enrolment(1, keys: keys)), newKeys: keys)
        #expect(story.committee.members.count == 7)
        #expect(story.refusal(of: short)?.contains("governance.not_passed") == true)
        #expect(story.refusal(of: enough) == nil)
    }

    @Test func `two epochs later it is refused`() throws {
        var (story, certificate) = try leaving(revoking(), by: 0..<6)
        try #require(story.refusal(of: certificate) == nil)
        // New keys of a machine leave the roster as it is, and still begin an epoch.
        let (old, new) = (try SampleKeys.memberKeys(1), try SampleKeys.memberKeys(1, rotations: 1))
        let keys = MemberSigningKeys(ballot: old.ballot, consensus: new.consensus, http: new.http)
        try story.decide(.rotateKey(SampleKeys.enrolment(1, keys: keys)), newKeys: keys)
        #expect(story.refusal(of: certificate)?.contains("governance.foreign_record") == true)
    }

    @Test func `what gives something does not outlive its roster`() throws {
        let granting = ProposalParameters.authorizeModel(
            manifest: model, scope: .everything, constraints: try Constraints())
        for parameters in [granting, .unfreeze([model]), .updatePolicy(model)] {
            let (story, certificate) = try leaving(parameters, by: 0..<6)
            #expect(story.refusal(of: certificate)?.contains("governance.proposal_superseded") == true)
        }
    }

    @Test func `an excluded signer does not count after the change either`() throws {
        var story = try DecisionStory(members: 7)
        let proposal = try story.propose(revoking())
        let tainted = try story.certificate(proposal, by: 0..<6)
        let clean = try story.certificate(proposal, by: 1..<6)
        let ballots = try [Choice.approve, .reject].map { try story.federation.ballot($0, on: proposal.id, by: 0) }
        let proof = try BallotEquivocation(ballots[0], ballots[1]).json
        let removal = try story.propose(.removeNode(story.federation.dids[6]))
        try story.decide([proof, story.certificate(removal, by: 1..<7)])
        #expect(story.refusal(of: tainted)?.contains("is excluded") == true)
        #expect(story.refusal(of: clean) == nil)
    }

    @Test func `no change of the committee it names makes it pass`() throws {
        let (story, certificate) = try leaving(revoking(), by: 0..<5)
        var object = try #require(certificate.object)
        object["roster"] = .string(Hex.encode(story.committee.rosterHash))
        #expect(story.refusal(of: .object(object))?.contains("governance.foreign_record") == true)
        object["roster"] = .string(String(repeating: "0", count: 64))
        #expect(story.refusal(of: .object(object))?.contains("governance.foreign_record") == true)
    }
}
