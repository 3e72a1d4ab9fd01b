import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryWire
import TestKit
import Testing

/// What nodes carry over a change of members.
struct FederationRosterTests {
    private let model = [UInt8](repeating: 7, count: 32)

    /// A cluster of five that removes its last member, with a proposal that everybody passed before and that may be
    /// decided only `delay` seconds later.
    private func leaving(_ parameters: ProposalParameters, basis: Basis, after delay: Int64) async throws -> SampleCluster {
        let cluster = try SampleCluster(5)
        let (committee, dids) = (cluster.federation.committee, cluster.federation.dids)
        let waiting = try Proposal.make(
            ProposalTerms(
                parameters, basis: basis, in: committee, title: "waiting", proposer: dids[0], created: cluster.clock.now,
                notBefore: cluster.clock.now.advanced(bySeconds: delay), expires: cluster.clock.now.advanced(bySeconds: 3600),
                salt: SampleKeys.salt(8)),
            in: committee, key: cluster.federation.keys[0].ballot)
        let removal = try cluster.proposal(.removeNode(dids[4]), basis: .none)
        for proposal in [waiting, removal] {
            try cluster.sign(proposal.record, at: 0)
            for member in 0..<4 {
                try cluster.sign(cluster.federation.ballot(.approve, on: proposal.id, by: member).record, at: member)
            }
        }
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1, 1] })
        cluster.stop(4)
        return cluster
    }

    @Test func `a REVOKE of the roster before is decided, by nodes that restarted too`() async throws {
        let cluster = try await leaving(.revokeModel(manifest: model, scope: .everything), basis: .none, after: 120)
        #expect(await cluster.slots() == [1, 1, 1, 1])
        for member in 0..<3 {
            cluster.stop(member)
            try cluster.start(member)
        }
        try await cluster.run(10)
        #expect(await cluster.slots() == [1, 1, 1, 1], "not before its time")
        try await cluster.run(180, until: { await cluster.slots() == [2, 2, 2, 2] })
        for member in 0..<4 {
            let node = try #require(cluster.node(member))
            #expect(await node.head.state.committee.epoch == 1)
            #expect(await node.isAuthorized(.model(model), in: .everything).denial == .revoked, "\(member)")
        }
    }

    @Test func `a ballot on a REVOKE of the roster before still counts, one on anything else does not`() async throws {
        let cluster = try await leaving(.updatePolicy(model), basis: .policy(nil), after: 60)
        let late = try cluster.proposal(.revokeModel(manifest: model, scope: .everything), basis: .none, salt: 9)
        try cluster.sign(late.record, at: 0)
        for member in 0..<4 {
            try cluster.sign(cluster.federation.ballot(.approve, on: late.id, by: member).record, at: member)
        }
        try await cluster.run(120, until: { await cluster.slots() == [2, 2, 2, 2] })
        let node = try #require(cluster.node(1))
        #expect(await node.isAuthorized(.model(model), in: .everything).denial == .revoked)
        try await cluster.run(120)
        #expect(await cluster.slots() == [2, 2, 2, 2])
        #expect(await node.head.state.policy == nil, "superseded")
    }

    @Test func `a view counts a ballot among those of its own roster only`() async throws {
        let cluster = try await leaving(.revokeModel(manifest: model, scope: .everything), basis: .none, after: 3000)
        let store = try cluster.store(0)
        let keeper = FederationKeeper(
            files: cluster.files(0), store: store, registry: IdentityRegistry(store: store), now: { SampleKeys.time(100) })
        _ = try keeper.adopt(cluster.federation.genesis.bytes, as: cluster.federation.genesis.federation)
        let desk = FederationDesk(keeper: keeper, store: store, now: { SampleKeys.time(100) })
        let waiting = try #require(try desk.view().proposals.first { $0.kind == .revokeModel })
        #expect(try desk.view().ballots[waiting.id]?.weights == .init(approve: 4))
        // Member 3 approved as one of five; as one of four it says otherwise, about the same proposal.
        let office = try #require(await cluster.node(0)?.head.state.committee)
        let stray = try Ballot.cast(
            .reject, on: waiting.id, as: cluster.federation.dids[3], in: office, key: cluster.federation.keys[3].ballot)
        try cluster.sign(stray.record, at: 0)
        for desk in [desk, FederationDesk(keeper: keeper, store: store, now: { SampleKeys.time(100) })] {
            let tally = try desk.view().ballots[waiting.id]
            #expect(tally?.weights == .init(approve: 4) && tally?.equivocations.isEmpty == true)
        }
    }
}
