import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct FederationNodeTests {
    private let model = [UInt8](repeating: 7, count: 32)

    private func granting(_ cluster: SampleCluster) throws -> Proposal {
        try cluster.proposal(
            .authorizeModel(manifest: model, scope: Scope("prod"), constraints: Constraints()), basis: .generation(0))
    }

    private func vote(_ choice: Choice, on proposal: Proposal, by members: Range<Int>, _ cluster: SampleCluster) throws {
        for member in members {
            try cluster.sign(cluster.federation.ballot(choice, on: proposal.id, by: member).record, at: member)
        }
    }

    @Test func `what a quorum of people passes is decided on every node, and the stores stay clean`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try vote(.approve, on: proposal, by: 0..<2, cluster)
        try await cluster.run(5)
        #expect(await cluster.slots() == [0, 0, 0, 0], "two of four decided")
        try vote(.approve, on: proposal, by: 2..<3, cluster)
        try await cluster.run(30, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.slots() == [1, 1, 1, 1])
        var roots: Set<[UInt8]> = []
        for member in 0..<4 {
            let node = try #require(cluster.node(member))
            roots.insert(await node.head.root.bytes)
            let answer = await node.isAuthorized(.model(model), in: try Scope("prod/eu"))
            #expect(answer.authority?.proposal == proposal.id, "\(answer)")
            #expect(await node.isAuthorized(.model(model), in: try Scope("test")).denial == .neverGranted)
            #expect(await node.refusalCounts == [:])
        }
        #expect(roots.count == 1)
        // Nothing is left to decide.
        try await cluster.run(10)
        #expect(await cluster.slots() == [1, 1, 1, 1])
    }

    @Test func `a node that was away catches up, and one that was killed goes on`() async throws {
        let cluster = try SampleCluster(4)
        cluster.stop(3)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try vote(.approve, on: proposal, by: 0..<3, cluster)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1] })
        cluster.stop(1)
        try cluster.start(3)
        try cluster.start(1)
        try await cluster.run(30, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.slots() == [1, 1, 1, 1])
        let revoking = try cluster.proposal(.revokeModel(manifest: model, scope: Scope("prod")), basis: .none, salt: 6)
        try cluster.sign(revoking.record, at: 0)
        try vote(.approve, on: revoking, by: 1..<4, cluster)
        try await cluster.run(60, until: { await cluster.slots() == [2, 2, 2, 2] })
        for member in 0..<4 {
            let node = try #require(cluster.node(member))
            #expect(await node.isAuthorized(.model(model), in: try Scope("prod")).denial == .revoked)
        }
    }

    @Test func `a minority decides nothing while the rest is cut off, and all agree after`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try vote(.approve, on: proposal, by: 0..<4, cluster)
        let dids = cluster.federation.dids
        let isMinority = { @Sendable (letter: SampleCluster.Letter) in
            (letter.from < 2) == (dids.firstIndex(of: letter.to) ?? 0 < 2)
        }
        try await cluster.run(20, isDelivered: { isMinority($0) })
        #expect(await cluster.slots() == [0, 0, 0, 0])
        try await cluster.run(120, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.slots() == [1, 1, 1, 1])
    }

    @Test func `who votes both ways loses his weight by an ordered proof`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try cluster.sign(cluster.federation.ballot(.approve, on: proposal.id, by: 3).record, at: 3)
        try cluster.sign(cluster.federation.ballot(.reject, on: proposal.id, by: 3).record, at: 1)
        try await cluster.run(60, until: { await cluster.slots().allSatisfy { $0 >= 1 } })
        let node = try #require(cluster.node(0))
        #expect(await node.head.state.excluded == [cluster.federation.dids[3]])
        // Three of four still pass it, the three that are left.
        try vote(.approve, on: proposal, by: 0..<3, cluster)
        try await cluster.run(60, until: { await cluster.slots() == [2, 2, 2, 2] })
        #expect(await node.isAuthorized(.model(model), in: try Scope("prod")).authority != nil)
    }

    @Test func `a freeze acts before it is ordered, and a lift is ordered`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try vote(.approve, on: proposal, by: 0..<4, cluster)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        let freeze = try cluster.proposal(
            .emergencyFreeze(scope: Scope("prod"), rooms: [.gate], reason: "drill"), basis: .none, salt: 6)
        try cluster.sign(freeze.record, at: 0)
        try vote(.approve, on: freeze, by: 0..<2, cluster)
        // No consensus message arrives: ballots alone do.
        try await cluster.run(2, isDelivered: { !String(decoding: $0.bytes, as: UTF8.self).contains("consensus") })
        for member in 0..<4 {
            let node = try #require(cluster.node(member))
            #expect(await node.head.slot == 1)
            #expect(await node.isAuthorized(.model(model), in: try Scope("prod"), room: .gate).denial == .frozen)
        }
        // A restart finds the freeze again, still before it is ordered.
        cluster.stop(3)
        try cluster.start(3)
        try await cluster.run(1, isDelivered: { _ in false })
        let restarted = try #require(cluster.node(3))
        #expect(await restarted.isAuthorized(.model(model), in: try Scope("prod"), room: .gate).denial == .frozen)
        try await cluster.run(120, until: { await cluster.slots() == [2, 2, 2, 2] })
        let lift = try cluster.proposal(.unfreeze([freeze.id]), basis: .none, salt: 7)
        try cluster.sign(lift.record, at: 0)
        try vote(.approve, on: lift, by: 0..<3, cluster)
        try await cluster.run(120, until: { await cluster.slots() == [3, 3, 3, 3] })
        for member in 0..<4 {
            let node = try #require(cluster.node(member))
            #expect(await node.isAuthorized(.model(model), in: try Scope("prod"), room: .gate).authority != nil)
        }
    }

    @Test func `strangers and junk change nothing and are counted`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        let stranger = try SampleKeys.document(99).did
        let ballot = try cluster.federation.ballot(.approve, on: model, by: 1)
        await node.receive(ballot.record.bytes, from: stranger)
        for junk in [[], [0], Array("{}".utf8), Array(#"{"type":"chancery/peer-message/v1"}"#.utf8)] {
            await node.receive(junk, from: cluster.federation.dids[1])
        }
        var forged = ballot.record.bytes
        forged[forged.count / 2] ^= 1
        await node.receive(forged, from: cluster.federation.dids[1])
        let counts = await node.refusalCounts
        #expect(counts["governance.not_a_member"] == 1 && counts.values.reduce(0, +) == 6, "\(counts)")
        #expect(try cluster.kept(0) == 0)
    }

    @Test func `a node does not start over a journal whose block is damaged`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try vote(.approve, on: proposal, by: 0..<4, cluster)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        cluster.stop(2)
        var journal = try #require(JSONParser.parse(cluster.journal(of: 2), limits: .document).object)
        journal["blocks"] = [.string(Base64.url.encode([1, 2, 3]))]
        try cluster.setJournal(CanonicalForm.jcs.encode(journal), of: 2)
        let error = #expect(throws: GovernanceError.self) { try cluster.start(2) }
        #expect(error?.reason == .consensusMalformed)
    }

    @Test func `a node without its journal signs nothing and follows`() async throws {
        let cluster = try SampleCluster(4)
        let proposal = try granting(cluster)
        try cluster.sign(proposal.record, at: 0)
        try vote(.approve, on: proposal, by: 0..<4, cluster)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        cluster.stop(2)
        try cluster.folders[2].remove("state")
        try cluster.start(2)
        let node = try #require(cluster.node(2))
        #expect(await node.isRecovering)
        let other = try cluster.proposal(.updatePolicy(model), basis: .policy(nil), salt: 6)
        try cluster.sign(other.record, at: 0)
        try vote(.approve, on: other, by: 0..<4, cluster)
        try await cluster.run(120, until: { await cluster.slots() == [2, 2, 2, 2] })
        #expect(await cluster.slots() == [2, 2, 2, 2])
        #expect(throws: NodeError.self) { try cluster.start(2) }
    }
}
