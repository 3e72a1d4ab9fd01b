import ChanceryGovernance
import ChanceryLedger
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// The bytes that docs/spec/consensus.md promises.
struct ConsensusFormatTests {
    private let place = ConsensusPlace(
        federation: Digest256.sha256(prefix: 0, []), epoch: 2, committee: Digest256.sha256(prefix: 1, []), slot: 7, round: 1)
    private let zero = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    private let one = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"

    private func text(_ body: JSONObject) throws -> String {
        String(decoding: try CanonicalForm.jcs.encode(body), as: UTF8.self)
    }

    @Test func `a vote has one form, without time and free text`() throws {
        let did = ConsensusStage.did(0)
        let vote = ConsensusVote(place: place, phase: .precommit, value: nil, voter: did)
        #expect(
            try text(vote.body)
                == #"{"committee":"\#(one)","epoch":2,"federation":"\#(zero)","phase":"precommit","round":1,"slot":7,"value":null,"voter":"\#(did)"}"#
        )
        let proposal = ConsensusProposal(place: place, validRound: 0, value: place.committee, proposer: did)
        #expect(
            try text(proposal.body)
                == #"{"committee":"\#(one)","epoch":2,"federation":"\#(zero)","proposer":"\#(did)","round":1,"slot":7,"valid_round":0,"value":"\#(one)"}"#
        )
    }

    @Test func `a body with anything else in it is refused`() throws {
        let vote = ConsensusVote(place: place, phase: .prevote, value: nil, voter: ConsensusStage.did(0))
        let changes: [(String, JSONValue?)] = [
            ("round", nil), ("round", -1), ("slot", 0), ("phase", "propose"), ("value", "ff"), ("value", nil),
            ("voter", "did:x"),
            ("note", "hello"), ("epoch", "2"), ("type", "chancery/consensus-vote/v2"),
        ]
        for (name, value) in changes {
            var body = vote.body
            body["type"] = .string(ConsensusVote.type)
            #expect(throws: Never.self) { try ConsensusVote(body: body) }
            body[name] = value
            let error = #expect(throws: GovernanceError.self, "\(name)") { try ConsensusVote(body: body) }
            #expect(error?.reason == .consensusMalformed)
        }
        var late = ConsensusProposal(place: place, validRound: 1, value: place.committee, proposer: ConsensusStage.did(0)).body
        late["type"] = .string(ConsensusProposal.type)
        #expect(throws: GovernanceError.self) { try ConsensusProposal(body: late) }
    }

    @Test func `a vote is no proposal, and a key of another purpose signs neither`() throws {
        let vote = try ConsensusStage.vote(0, .prevote, 0, nil)
        #expect(throws: GovernanceError.self) { try ConsensusRecords().decode(vote.bytes, as: ConsensusProposal.self) }
        #expect(throws: GovernanceError.self) { try ConsensusStage.authority(1).sign(vote.statement) }
        let long = [UInt8](repeating: 0x20, count: ConsensusRecords.maximumBytes + 1)
        #expect(throws: GovernanceError.self) { try ConsensusRecords().decode(long, as: ConsensusVote.self) }
    }

    @Test func `no bit of a signed vote can be changed`() async throws {
        let golden = try ConsensusStage.vote(0, .prevote, 3, ConsensusStage.X).bytes
        let members = try ConsensusStage.members()
        let isAccepted = { @Sendable (bytes: [UInt8]) in
            let records = ConsensusRecords()
            return (try? records.verify(records.decode(bytes, as: ConsensusVote.self), in: members)) != nil
        }
        #expect(isAccepted(golden))
        let flips = await inParallel(bitFlips(of: golden)) { isAccepted(golden.flipping($0.byte, $0.bit)) ? $0 : nil }
        #expect(flips.isEmpty)
        #expect(golden.indices.allSatisfy { !isAccepted(Array(golden[..<$0])) })
    }

    @Test func `a damaged journal is never taken for another one`() async throws {
        var two = try ConsensusScript(2)
        _ = two.start()
        _ = try two.hear(proposal: ConsensusStage.X, 0)
        _ = try two.hear([0, 1], .prevote, 0, ConsensusStage.X)
        let entry = try #require(two.journal)
        let golden = try entry.encoded()
        #expect(try JournalEntry(decoding: golden) == entry)
        #expect(entry.locked?.value == ConsensusStage.X && entry.proof.count == 3 && entry.votes.count == 2)
        let flips = await inParallel(bitFlips(of: golden)) { flip -> Int? in
            let error = code { _ = try JournalEntry(decoding: golden.flipping(flip.byte, flip.bit)) }
            return error == "governance.journal_invalid" ? nil : flip.byte
        }
        #expect(flips.isEmpty)
        for length in stride(from: 0, to: golden.count, by: 11) {
            #expect(code { _ = try JournalEntry(decoding: Array(golden[..<length])) } == "governance.journal_invalid")
        }
    }

    @Test func `members that could not decide are refused`() throws {
        for weights in [[], [0], [1 << 33], [1 << 32, 1]] as [[Int64]] {
            #expect(throws: GovernanceError.self) { try ConsensusStage.members(weights: weights) }
        }
        let member = ConsensusMembers.Member(ConsensusStage.did(0), weight: 1, key: nil)
        #expect(throws: GovernanceError.self) {
            try ConsensusMembers(federation: place.federation, epoch: 0, committee: place.committee, [member, member])
        }
    }
}
