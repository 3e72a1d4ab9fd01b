import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What a single member may try against the others.
struct FederationAdversaryTests {
    private let model = [UInt8](repeating: 7, count: 32)

    @Test func `a proof that a change of members overtook does not stop consensus`() async throws {
        let cluster = try SampleCluster(5)
        let (dids, keys) = (cluster.federation.dids, cluster.federation.keys)
        let removal = try cluster.proposal(.removeNode(dids[3]), basis: .none)
        let other = try cluster.proposal(.updatePolicy(model), basis: .policy(nil), salt: 6)
        for record in [removal.record, other.record] { try cluster.sign(record, at: 0) }
        for member in 0..<4 {
            try cluster.sign(cluster.federation.ballot(.approve, on: removal.id, by: member).record, at: member)
        }
        // The block with the removal is locked, and nobody hears so.
        let isEarlier = { @Sendable (letter: SampleCluster.Letter) in !letter.text.contains("\"precommit\"") }
        try await cluster.run(5, isDelivered: isEarlier)
        try cluster.sign(cluster.federation.ballot(.approve, on: other.id, by: 4).record, at: 4)
        try cluster.sign(cluster.federation.ballot(.reject, on: other.id, by: 4).record, at: 1)
        try await cluster.run(5, isDelivered: isEarlier)
        #expect(await cluster.slots() == [0, 0, 0, 0, 0])
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1, 1] })
        cluster.stop(3)
        let node = try #require(cluster.node(0))

        let committee = await node.head.state.committee
        try #require(committee.epoch == 1 && committee.members.count == 4)
        let next = try Proposal.make(
            ProposalTerms(
                .updatePolicy(model), basis: .policy(nil), in: committee, title: "after", proposer: dids[0],
                created: cluster.clock.now, expires: cluster.clock.now.advanced(bySeconds: 3600), salt: SampleKeys.salt(8)),
            in: committee, key: keys[0].ballot)
        try cluster.sign(next.record, at: 0)
        for member in 0..<3 {
            let ballot = try Ballot.cast(
                .approve, on: next.id, as: dids[member], in: committee, key: keys[member].ballot)
            try cluster.sign(ballot.record, at: member)
        }
        try await cluster.run(60, until: { await cluster.slots() == [2, 2, 2, 2] })
        #expect(await cluster.slots() == [2, 2, 2, 2])
    }

    @Test func `a slot that was opened for nothing is filled as soon as there is something`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        // Not the proposer of the first round.
        let culprit = cluster.federation.committee.members[3].did
        let liar = try #require(cluster.federation.dids.firstIndex(of: culprit))
        let vote = try await ConsensusSigner(culprit, cluster.federation.keys[liar].consensus).sign(
            ConsensusVote(place: node.head.members.place(slot: 1, round: 0), phase: .prevote, value: nil, voter: culprit))
        for member in 0..<4 where member != liar {
            await cluster.node(member)?.receive(try ConsensusMessage.vote(vote.claimed).encoded(), from: culprit)
        }
        let proposal = try cluster.proposal(.updatePolicy(model), basis: .policy(nil))
        try cluster.sign(proposal.record, at: 0)
        for member in 0..<3 {
            try cluster.sign(cluster.federation.ballot(.approve, on: proposal.id, by: member).record, at: member)
        }
        try await cluster.run(1, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.slots() == [1, 1, 1, 1], "within the first round")
    }
}

extension SampleCluster.Letter {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
