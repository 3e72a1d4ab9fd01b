import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What passes must fit into a block, or it could never be decided.
struct LargestCommitteeTests {
    @Test func `the longest certificate fits into a block, and the longest decision and proposal into a message`() {
        let ballots = Committee.memberCounts.upperBound * (Ballot.maximumBytes + 1)
        #expect(Proposal.maximumBytes + ballots + 4096 <= BallotCertificate.maximumBytes)
        // As much as a proposer leaves for the rest of a block.
        #expect(BallotCertificate.maximumBytes < Block.maximumBytes - 4096)
        // A vote is no longer than a ballot.
        let votes = ConsensusMembers.maximumMembers * (Ballot.maximumBytes + 1)
        #expect(votes + 4096 <= CommitCertificate.maximumBytes)
        #expect(Block.maximumBytes + votes + 4 * 4096 <= ConsensusMessage.maximumBytes)
    }

    @Test func `the longest proposal is decided by a committee of 128 whose ballots are the longest`() throws {
        var story = try DecisionStory(
            SampleFederation(
                weights: [Int64](repeating: 1, count: 128), thresholds: Thresholds(standard: .unanimous),
                ballotSuite: .mlDSA87))
        let keys = try SampleKeys.memberKeys(1, rotations: 1, ballotSuite: .mlDSA87)
        var longest: Proposal?
        var refusal: (any Error)?
        var documents: UInt8 = 1
        while refusal == nil, documents < 64 {
            do {
                longest = try story.propose(.rotateKey(SampleKeys.enrolment(1, keys: keys, documents: documents)))
                documents += 1
            } catch { refusal = error }
        }
        #expect((refusal as? GovernanceError)?.reason == .proposalMalformed, "\(documents): \(String(describing: refusal))")
        let proposal = try #require(longest)
        let certificate = try story.certificate(proposal, by: 0..<128)
        let bytes = try CanonicalForm.jcs.encode(certificate).count
        #expect(proposal.record.bytes.count > 460 << 10 && bytes > 1 << 20 && bytes <= BallotCertificate.maximumBytes)
        // As a proposer sends it again, with the prevotes of everybody.
        let block = try story.head.block(of: [certificate], by: story.head.members.members[0], at: story.now)
        let place = story.head.members.place(slot: 1, round: 1)
        let proposer = story.head.members.proposer(slot: 1, round: 1)
        let index = try #require(story.federation.dids.firstIndex(of: proposer))
        let statement = ConsensusProposal(place: place, validRound: 0, value: block.id, proposer: proposer)
        let signed = try ConsensusSigner(proposer, story.federation.keys[index].consensus).sign(statement)
        let message = try ConsensusMessage.proposal(
            signed.claimed, block: block.bytes, proof: story.votes(.prevote, block.id)
        ).encoded()
        #expect(throws: Never.self) { try ConsensusMessage(decoding: message) }
        try story.decide([certificate])
        #expect(story.head.state.committee.epoch == 1 && story.head.state.committee.members.count == 128)
        let decision = try ConsensusMessage.decision(story.decisions[0]).encoded()
        #expect(throws: Never.self) { try ConsensusMessage(decoding: decision) }
    }

    @Test func `a ballot that is too long is refused before its signature is looked at`() throws {
        let federation = try SampleFederation(weights: [1, 1, 1, 1])
        let ballot = try federation.ballot(.approve, on: SampleProposal.hash(1), by: 0)
        var object = try #require(JSONParser.parse(ballot.record.bytes).object)
        var signature = try #require(object["signatures"]?.array?.first?.object)
        signature["value"] = .string(Base64.url.encode([UInt8](repeating: 1, count: 6000)))
        object["signatures"] = .array([.object(signature)])
        let record = try UnverifiedRecord(decoding: CanonicalForm.jcs.encode(object))
        #expect(code { _ = try Ballot.verify(record, in: federation.committee) } == "wire.too_long")
    }
}
