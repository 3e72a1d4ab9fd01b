import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Certificates of freezes and proofs of contradictions as messages of their own.
struct FederationDocumentTests {
    private let model = [UInt8](repeating: 7, count: 32)
    private let prod: Scope

    init() throws { prod = try Scope("prod") }

    private func freezing(_ rooms: Set<Room> = [.gate]) -> ProposalParameters {
        .emergencyFreeze(scope: prod, rooms: rooms, reason: "drill")
    }

    /// What `members` passed, as one document; nobody hears of it.
    private func certificate(
        _ parameters: ProposalParameters, by members: Range<Int>, _ cluster: SampleCluster
    ) throws -> [UInt8] {
        let proposal = try cluster.proposal(parameters, basis: .none)
        var ballots = Ballots(on: proposal.id, proposal.kind, of: cluster.federation.committee)
        for member in members { _ = try ballots.add(cluster.federation.ballot(.approve, on: proposal.id, by: member)) }
        return try CanonicalForm.jcs.encode(BallotCertificate(proposal, ballots).json)
    }

    private func isFrozen(_ cluster: SampleCluster, _ member: Int) async -> Bool {
        await cluster.node(member)?.isAuthorized(.model(model), in: prod).denial == .frozen
    }

    private func copies(of document: [UInt8], _ cluster: SampleCluster) -> Int {
        cluster.letters.take().count { $0.bytes == document }
    }

    private static let isNoConsensus = { @Sendable (letter: SampleCluster.Letter) in
        !letter.text.contains("chancery/consensus-message/v1")
    }

    @Test func `a node that sees a freeze's certificate only obeys it, keeps it and passes it on once`() async throws {
        let cluster = try SampleCluster(4)
        let document = try certificate(freezing(), by: 0..<2, cluster)
        await cluster.node(3)?.receive(document, from: cluster.federation.dids[2])
        #expect(await isFrozen(cluster, 3))
        #expect(copies(of: document, cluster) == 3)
        // The same, and the same freeze by other votes.
        for other in [document, try certificate(freezing(), by: 1..<4, cluster)] {
            await cluster.node(3)?.receive(other, from: cluster.federation.dids[1])
            #expect(cluster.letters.take().isEmpty)
        }
        cluster.stop(3)
        try cluster.start(3)
        #expect(await isFrozen(cluster, 3))
        #expect(try cluster.kept(3) == 1)
    }

    @Test func `a freeze of which nothing but its certificate is known is ordered`() async throws {
        let cluster = try SampleCluster(4)
        try await cluster.node(3)?.receive(certificate(freezing(), by: 0..<2, cluster), from: cluster.federation.dids[2])
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        for member in 0..<4 { #expect(await cluster.node(member)?.head.state.freezes.count == 1, "\(member)") }
    }

    @Test func `a node that comes late hears of a freeze that is not ordered`() async throws {
        let cluster = try SampleCluster(4)
        cluster.stop(3)
        try await cluster.node(0)?.receive(certificate(freezing(), by: 0..<2, cluster), from: cluster.federation.dids[2])
        try await cluster.run(2, isDelivered: Self.isNoConsensus)
        try cluster.start(3)
        #expect(await !isFrozen(cluster, 3))
        try await cluster.run(3, isDelivered: Self.isNoConsensus)
        #expect(await isFrozen(cluster, 3))
        #expect(await cluster.slots() == [0, 0, 0, 0])
    }

    @Test func `ballots that pass a freeze are told as its certificate`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        let freeze = try cluster.proposal(freezing(), basis: .none)
        await node.receive(freeze.record.bytes, from: cluster.federation.dids[1])
        for member in 1..<3 {
            let ballot = try cluster.federation.ballot(.approve, on: freeze.id, by: member)
            await node.receive(ballot.record.bytes, from: cluster.federation.dids[member])
        }
        let told = cluster.letters.take().filter { $0.text.contains(#""type":"chancery/certificate/v1"}"#) }
        #expect(told.count == 3 && Set(told.map(\.bytes)).count == 1)
    }

    @Test func `no certificate acts that is short, damaged or of another kind`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        let document = try certificate(freezing(), by: 0..<2, cluster)
        let value = try #require(JSONParser.parse(document).object)
        var short = value
        short["ballots"] = .array(Array(try #require(value["ballots"]?.array).prefix(1)))
        let text = String(decoding: document, as: UTF8.self).replacing(#""scope":"prod""#, with: #""scope":"*""#)
        let cases: [(String, [UInt8])] = [
            ("governance.not_passed", try CanonicalForm.jcs.encode(short)),
            ("suite.invalid_signature", Array(text.utf8)),
            (
                "governance.foreign_record",
                try certificate(.revokeModel(manifest: model, scope: .everything), by: 0..<4, cluster)
            ),
            ("wire.not_canonical", document + [0x20]),
        ]
        for (number, (code, bytes)) in cases.enumerated() {
            await node.receive(bytes, from: cluster.federation.dids[1])
            let counts = await node.refusalCounts
            #expect(counts.values.reduce(0, +) == number + 1 && counts[code] != nil, "\(code): \(counts)")
        }
        #expect(await !isFrozen(cluster, 0))
        #expect(try cluster.kept(0) == 0)
        #expect(cluster.letters.take().isEmpty)
    }

    @Test func `a freeze of the roster before acts for one epoch while its signers suffice`() async throws {
        let cluster = try SampleCluster(5)
        let removal = try cluster.proposal(.removeNode(cluster.federation.dids[4]), basis: .none, salt: 6)
        try cluster.sign(removal.record, at: 0)
        for member in 0..<4 {
            try cluster.sign(cluster.federation.ballot(.approve, on: removal.id, by: member).record, at: member)
        }
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1, 1] })
        let node = try #require(cluster.node(0))
        // Two of five pass it, the one of them who is left of four does not; two who are left do.
        try await node.receive(certificate(freezing(), by: 3..<5, cluster), from: cluster.federation.dids[1])
        #expect(await !isFrozen(cluster, 0))
        try await node.receive(certificate(freezing(), by: 2..<5, cluster), from: cluster.federation.dids[1])
        #expect(await isFrozen(cluster, 0))
    }

    @Test func `a proof of two ballots is passed on as such, and ordered`() async throws {
        let cluster = try SampleCluster(4)
        let ballots = try [Choice.approve, .reject].map { try cluster.federation.ballot($0, on: model, by: 3) }
        let document = try CanonicalForm.jcs.encode(BallotEquivocation(ballots[0], ballots[1]).json)
        let node = try #require(cluster.node(0))
        await node.receive(document, from: cluster.federation.dids[1])
        #expect(copies(of: document, cluster) == 3)
        await node.receive(document, from: cluster.federation.dids[2])
        #expect(cluster.letters.take().isEmpty)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        for member in 0..<4 {
            #expect(await cluster.node(member)?.head.state.excluded == [cluster.federation.dids[3]], "\(member)")
        }
    }

    @Test func `a proof of two votes reaches a node that comes late, before it is ordered`() async throws {
        let cluster = try SampleCluster(4)
        let (culprit, members) = (cluster.federation.dids[2], await cluster.node(0)?.head.members)
        let place = try #require(members).place(slot: 1, round: 0)
        let signer = ConsensusSigner(culprit, cluster.federation.keys[2].consensus)
        let votes = try [Digest256(model), nil].map {
            try signer.sign(ConsensusVote(place: place, phase: .prevote, value: $0, voter: culprit)).claimed
        }
        let document = try ConsensusEquivocation(votes[0], votes[1]).encoded()
        cluster.stop(3)
        await cluster.node(0)?.receive(document, from: cluster.federation.dids[1])
        #expect(copies(of: document, cluster) == 3)
        try cluster.start(3)
        try await cluster.run(3, isDelivered: Self.isNoConsensus)
        #expect(await cluster.slots() == [0, 0, 0, 0])
        #expect(try cluster.kept(3) == 1)
        try await cluster.run(60, until: { await cluster.slots() == [1, 1, 1, 1] })
        #expect(await cluster.node(3)?.head.state.excluded == [culprit])
    }

    @Test func `a proof that is none accuses nobody`() async throws {
        let cluster = try SampleCluster(4)
        let node = try #require(cluster.node(0))
        let ballots = try [Choice.approve, .reject].map { try cluster.federation.ballot($0, on: model, by: 3) }
        let document = try CanonicalForm.jcs.encode(BallotEquivocation(ballots[0], ballots[1]).json)
        let text = String(decoding: document, as: UTF8.self)
        for name in [cluster.federation.dids[1], cluster.federation.dids[2]] {
            let framed = text.replacing(cluster.federation.dids[3].text, with: name.text)
            await node.receive(Array(framed.utf8), from: cluster.federation.dids[3])
        }
        #expect(await node.refusalCounts["suite.invalid_signature"] == 2)
        #expect(try cluster.kept(0) == 0 && cluster.letters.take().isEmpty)
    }
}
