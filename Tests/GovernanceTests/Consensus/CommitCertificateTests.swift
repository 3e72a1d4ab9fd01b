import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct CommitCertificateTests {
    let golden: [UInt8]
    let document: JSONValue

    init() throws {
        var one = try ConsensusScript(1)
        _ = one.start()
        _ = try one.hear(proposal: ConsensusStage.X, 0)
        _ = try one.hear([0, 2], .prevote, 0, ConsensusStage.X)
        _ = try one.hear([0, 2], .precommit, 0, ConsensusStage.X)
        golden = try #require(one.certificate).encoded()
        document = try JSONParser.parse(golden)
    }

    private func refusal(_ bytes: [UInt8], _ members: ConsensusMembers? = nil) -> GovernanceError? {
        do throws(GovernanceError) {
            let certificate = try CommitCertificate(decoding: bytes)
            let genuine: ConsensusMembers
            do { genuine = try members ?? ConsensusStage.members() } catch {
                throw GovernanceError(.consensusMembers, "\(error)")
            }
            try certificate.verify(against: genuine)
        } catch {
            return error
        }
        return nil
    }

    private func edited(_ change: (inout [JSONValue]) throws -> Void) throws -> GovernanceError? {
        var object = try #require(document.object)
        var votes = try #require(object["votes"]?.array)
        try change(&votes)
        object["votes"] = .array(votes)
        return refusal(try CanonicalForm.jcs.encode(object))
    }

    private func record(_ vote: Attested<ConsensusVote>) throws -> JSONValue { try JSONParser.parse(vote.bytes) }

    @Test func `a stranger who knows the members verifies it`() {
        #expect(refusal(golden) == nil)
    }

    @Test func `it names the vote that fails and why`() throws {
        let X = ConsensusStage.X
        #expect(try edited { $0.removeLast() }?.reason == .commitQuorum)
        let cases: [(String, JSONValue)] = [
            ("another phase", try record(ConsensusStage.vote(1, .prevote, 0, X))),
            ("another round", try record(ConsensusStage.vote(1, .precommit, 1, X))),
            ("another slot", try record(ConsensusStage.vote(1, .precommit, 0, X, slot: 5))),
            ("another epoch", try record(ConsensusStage.vote(1, .precommit, 0, X, epoch: 1))),
            ("another block", try record(ConsensusStage.vote(1, .precommit, 0, ConsensusStage.Y))),
            ("nil", try record(ConsensusStage.vote(1, .precommit, 0, nil))),
            ("a stranger", try record(ConsensusStage.vote(4, .precommit, 0, X))),
        ]
        for (what, vote) in cases {
            let error = try edited { $0[1] = vote }
            #expect(error?.reason == .commitVote && error?.index == 1, "\(what): \(String(describing: error))")
        }
        for (what, error) in [
            ("twice", try edited { $0[2] = $0[1] }), ("out of order", try edited { $0.swapAt(1, 2) }),
        ] { #expect(error?.reason == .commitVote && error?.index == 2, "\(what)") }
    }

    @Test func `a vote in somebody else's name is found`() throws {
        let place = try ConsensusStage.members().place(slot: 4, round: 0)
        let vote = ConsensusVote(place: place, phase: .precommit, value: ConsensusStage.X, voter: ConsensusStage.did(1))
        let forged = try VerifiedRecord.sign(vote.body, type: ConsensusVote.type, by: ConsensusStage.key(3))
        let error = try edited { $0[1] = try JSONParser.parse(forged.bytes) }
        #expect(error?.reason == .commitVote && error?.index == 1)
    }

    @Test func `other members, weights or epochs do not verify it`() throws {
        #expect(refusal(golden, try ConsensusStage.members(epoch: 1))?.reason == .consensusForeign)
        #expect(refusal(golden, try ConsensusStage.members(weights: [1, 1, 1, 2]))?.reason == .commitQuorum)
        #expect(refusal(golden, try ConsensusStage.members(weights: [1, 0, 1, 1]))?.reason == .commitVote)
        #expect(refusal(golden, try ConsensusStage.members(weights: [1, 1, 1, 0])) == nil, "three of three")
    }

    @Test func `every truncation is refused`() {
        for length in stride(from: 0, to: golden.count, by: 7) { #expect(refusal(Array(golden[..<length])) != nil) }
        #expect(refusal(golden + [0x20]) != nil)
    }

    @Test func `every flipped bit is refused`() async {
        let accepted = await inParallel(bitFlips(of: golden)) { flip in
            refusal(golden.flipping(flip.byte, flip.bit)) == nil ? flip : nil
        }
        #expect(accepted.isEmpty, "\(accepted)")
    }
}

struct ConsensusEquivocationTests {
    private let members: ConsensusMembers
    private let proof: ConsensusEquivocation

    init() throws {
        members = try ConsensusStage.members()
        proof = try ConsensusEquivocation(
            ConsensusStage.vote(3, .prevote, 0, ConsensusStage.X).claimed, ConsensusStage.vote(3, .prevote, 0, nil).claimed)
    }

    @Test func `two values of one member in one phase prove it, in one form`() throws {
        #expect(proof.member == ConsensusStage.did(3) && proof.first.statement.value == nil)
        let read = try ConsensusEquivocation(decoding: proof.encoded())
        try read.verify(against: members)
        let turned = try ConsensusEquivocation(proof.second, proof.first)
        #expect(try turned.encoded() == proof.encoded())
    }

    @Test func `votes that a correct member may send prove nothing`() throws {
        let vote = { (phase: ConsensusPhase, round: Int64, value: Digest256?) in
            try ConsensusStage.vote(3, phase, round, value).claimed
        }
        let first = try vote(.prevote, 0, ConsensusStage.X)
        let others = [
            try vote(.prevote, 0, ConsensusStage.X), try vote(.precommit, 0, nil), try vote(.prevote, 1, ConsensusStage.Y),
            try ConsensusStage.vote(3, .prevote, 0, nil, slot: 5).claimed,
            try ConsensusStage.vote(3, .prevote, 0, nil, epoch: 1).claimed,
            try ConsensusStage.vote(2, .prevote, 0, nil).claimed,
        ]
        for other in others {
            let error = #expect(throws: GovernanceError.self) { try ConsensusEquivocation(first, other) }
            #expect(error?.reason == .equivocationUnproven)
        }
    }

    @Test func `an outsider cannot frame a member`() throws {
        let vote = ConsensusVote(
            place: members.place(slot: 4, round: 0), phase: .prevote, value: ConsensusStage.Y, voter: ConsensusStage.did(3))
        let forged = try VerifiedRecord.sign(vote.body, type: ConsensusVote.type, by: ConsensusStage.key(4))
        let claimed = try ConsensusRecords().decode(forged.bytes, as: ConsensusVote.self)
        let framing = try ConsensusEquivocation(proof.first, claimed)
        let error = #expect(throws: GovernanceError.self) { try framing.verify(against: members) }
        #expect(error?.reason == .consensusSignature)
        let later = try ConsensusStage.members(epoch: 1)
        #expect(throws: GovernanceError.self) { try proof.verify(against: later) }
    }

    @Test func `every flipped bit and truncation is refused`() async throws {
        let golden = try proof.encoded()
        let members = self.members
        let isAccepted = { @Sendable (bytes: [UInt8]) in
            (try? ConsensusEquivocation(decoding: bytes).verify(against: members)) != nil
        }
        #expect(isAccepted(golden))
        let flips = await inParallel(bitFlips(of: golden)) { isAccepted(golden.flipping($0.byte, $0.bit)) ? $0 : nil }
        #expect(flips.isEmpty, "\(flips)")
        let cuts = stride(from: 0, to: golden.count, by: 5).filter { isAccepted(Array(golden[..<$0])) }
        #expect(cuts.isEmpty)
    }
}
