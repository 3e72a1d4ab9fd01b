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

    @Test func `a peer that asks without end is not answered without end`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try cluster.proposal(.updatePolicy(model), basis: .policy(nil))
        try cluster.sign(proposal.record, at: 0)
        for member in 0..<4 {
            try cluster.sign(cluster.federation.ballot(.approve, on: proposal.id, by: member).record, at: member)
        }
        try await cluster.run(30, until: { await cluster.slots() == [1, 1, 1, 1] })
        let open = try cluster.proposal(.updatePolicy(proposal.id), basis: .policy(model), salt: 6)
        try cluster.sign(open.record, at: 0)
        try await cluster.run(1)
        let node = try #require(cluster.node(0))
        let peer = cluster.federation.dids[1]
        let questions = [
            #"{"request":1,"type":"chancery/consensus-message/v1"}"#,
            #"{"accused":[],"freezes":[],"records":[],"slot":1,"type":"chancery/peer-message/v1"}"#,
            #"{"accused":[],"freezes":[],"records":[],"slot":2,"type":"chancery/peer-message/v1"}"#,
        ]
        for question in questions {
            cluster.clock.advance(2000)
            _ = cluster.letters.take()
            for _ in 0..<1000 { await node.receive(Array(question.utf8), from: peer) }
            let answers = cluster.letters.take().count { $0.to == peer }
            #expect((1...200).contains(answers), "\(answers) answers to \(question)")
        }
    }

    @Test func `one member does not fill the disks of the others`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        var sent = 0
        for round in 0..<20 {
            for number in 0..<60 {
                let proposal = try Proposal.make(
                    ProposalTerms(
                        .revokeModel(manifest: model, scope: .everything), basis: .none, in: cluster.federation.committee,
                        title: "\(round) \(number)", description: String(repeating: "x", count: 4096),
                        proposer: cluster.federation.dids[1], created: cluster.clock.now,
                        expires: cluster.clock.now.advanced(bySeconds: 1), salt: SampleKeys.salt(3)),
                    in: cluster.federation.committee, key: cluster.federation.keys[1].ballot)
                sent += proposal.record.bytes.count
                await node.receive(proposal.record.bytes, from: cluster.federation.dids[1])
            }
            cluster.clock.advance(1000)
            try await node.tick()
        }
        let kept = try Int(cluster.kept(0)) * sent / 1200
        #expect(sent > 10 << 20 && kept <= 9 << 20, "\(kept) of \(sent) bytes")
        // Others are heard.
        let ballot = try cluster.federation.ballot(.approve, on: model, by: 2)
        let before = try cluster.kept(0)
        await node.receive(ballot.record.bytes, from: cluster.federation.dids[2])
        try await node.tick()
        #expect(try cluster.kept(0) == before + 1)
    }
}

extension SampleCluster.Letter {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
