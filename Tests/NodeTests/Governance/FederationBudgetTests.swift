import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What one peer may cost a node.
struct FederationBudgetTests {
    private let model = [UInt8](repeating: 7, count: 32)
    private let dropped = "governance.peer_budget"

    /// The record with another last character of its signature.
    private func forged(_ bytes: [UInt8]) throws -> [UInt8] {
        var object = try #require(JSONParser.parse(bytes).object)
        var signature = try #require(object["signatures"]?.array?.first?.object)
        let text = try #require(signature["value"]?.string)
        signature["value"] = .string((text.hasPrefix("A") ? "B" : "A") + text.dropFirst())
        object["signatures"] = .array([.object(signature)])
        return try CanonicalForm.jcs.encode(object)
    }

    /// How many of `count` copies were looked at and refused, and how many were dropped unseen.
    private func send(
        _ bytes: [UInt8], _ count: Int, to node: FederationNode, from peer: DID, code: String
    ) async -> (seen: Int, dropped: Int) {
        let before = await node.refusalCounts
        for _ in 0..<count { await node.receive(bytes, from: peer) }
        let after = await node.refusalCounts
        return (after[code, default: 0] - before[code, default: 0], after[dropped, default: 0] - before[dropped, default: 0])
    }

    @Test func `a peer has so many false signatures checked in a second and no more`() async throws {
        let cluster = try SampleCluster(4)
        let (node, dids) = (try #require(cluster.node(0)), cluster.federation.dids)
        let ballot = try forged(cluster.federation.ballot(.approve, on: model, by: 1).record.bytes)
        let vote = try await ConsensusSigner(dids[1], cluster.federation.keys[1].consensus).sign(
            ConsensusVote(place: node.head.members.place(slot: 1, round: 0), phase: .prevote, value: nil, voter: dids[1]))
        let message = try ConsensusMessage.vote(
            ConsensusRecords().decode(forged(vote.bytes), as: ConsensusVote.self)
        ).encoded()
        let enrolment = try SampleKeys.enrolment(9, keys: SampleKeys.memberKeys(9))
        let proposal = try forged(cluster.proposal(.addNode(enrolment, weight: 1), basis: .none).record.bytes)
        let cases: [([UInt8], String, Int)] = [
            (ballot, "suite.invalid_signature", 500), (message, "governance.consensus_signature", 1000),
            (proposal, "suite.invalid_signature", (1000 + proposal.count / 4096) / (1 + proposal.count / 4096)),
        ]
        for (bytes, code, limit) in cases {
            let count = await send(bytes, 1200, to: node, from: dids[1], code: code)
            #expect(count.seen == limit && count.dropped == 1200 - limit, "\(code): \(count), \(bytes.count) bytes")
            // Another peer is heard meanwhile, and this one a second later.
            #expect(await send(bytes, 1, to: node, from: dids[2], code: code).seen == 1)
            cluster.clock.advance(1000)
            #expect(await send(bytes, 1, to: node, from: dids[1], code: code).seen == 1)
            cluster.clock.advance(1000)
        }
    }

    @Test func `what is known may come again and again`() async throws {
        let cluster = try SampleCluster(4)
        let (node, peer) = (try #require(cluster.node(0)), cluster.federation.dids[1])
        let proposal = try cluster.proposal(.updatePolicy(model), basis: .policy(nil))
        let ballots = try (1..<3).map { try cluster.federation.ballot(.approve, on: proposal.id, by: $0).record.bytes }
        for bytes in [proposal.record.bytes] + ballots {
            #expect(await send(bytes, 3000, to: node, from: peer, code: "-").dropped == 0)
        }
        #expect(await node.refusalCounts == [:])
        try await node.tick()
        #expect(try cluster.kept(0) == 3)
        // Nor is a false signature on something known looked at.
        #expect(await send(try forged(ballots[0]), 3000, to: node, from: peer, code: "-").dropped == 0)
        #expect(await node.refusalCounts == [:])
    }

    @Test func `what is over is not looked at`() async throws {
        let cluster = try SampleCluster(4)
        let (node, peer) = (try #require(cluster.node(0)), cluster.federation.dids[1])
        let proposal = try cluster.proposal(.updatePolicy(model), basis: .policy(nil))
        await node.receive(proposal.record.bytes, from: peer)
        cluster.clock.advance(3_600_000)
        try await node.tick()
        let late = try cluster.federation.ballot(.approve, on: proposal.id, by: 1).record.bytes
        for bytes in [try forged(proposal.record.bytes), try forged(late)] { await node.receive(bytes, from: peer) }
        #expect(await node.refusalCounts == [:])
        #expect(try cluster.kept(0) == 1)
    }

    @Test func `a member whose ballots wait in vain is heard again later`() async throws {
        let cluster = try SampleCluster(4)
        let (node, peer) = (try #require(cluster.node(0)), cluster.federation.dids[1])
        func ballot(_ number: Int) throws -> [UInt8] {
            let id = Digest.sha3_256([UInt8(number % 256), UInt8(number / 256)])
            return try cluster.federation.ballot(.approve, on: id, by: 1).record.bytes
        }
        for number in 0..<257 { try await node.receive(ballot(number), from: peer) }
        #expect(await node.refusalCounts == ["governance.pool_full": 1])
        // Another member repeats what is too much: it uses up nothing of the first one's.
        for _ in 0..<3 {
            cluster.clock.advance(1000)
            for _ in 0..<900 { try await node.receive(ballot(256), from: cluster.federation.dids[2]) }
        }
        try await node.tick()
        #expect(try cluster.kept(0) == 256)
        cluster.clock.advance(ProposalPool.earlyBallotLife)
        try await node.tick()
        try await node.receive(ballot(256), from: peer)
        try await node.tick()
        #expect(try cluster.kept(0) == 257)
    }

    @Test func `a refusal leaves a record, and repeating it leaves none for an hour`() async throws {
        let cluster = try SampleCluster(4)
        let (node, dids) = (try #require(cluster.node(0)), cluster.federation.dids)
        func refusals() throws -> [String] {
            try cluster.store(0).records(RecordQuery(kind: StoreStatement.refusal)).map {
                String(decoding: $0.bytes, as: UTF8.self)
            }
        }
        let ballot = try cluster.federation.ballot(.approve, on: model, by: 1).record.bytes
        for _ in 0..<50 { try await node.receive(forged(ballot), from: dids[1]) }
        #expect(try refusals().count == 1 && refusals()[0].contains(dids[1].text))
        try await node.receive(forged(ballot), from: dids[2])
        await node.receive([0x7b], from: dids[1])
        #expect(try refusals().count == 3, "another sender, another reason")
        cluster.clock.advance(3_600_000)
        try await node.receive(forged(ballot), from: dids[1])
        #expect(try refusals().count == 4)
    }
}
